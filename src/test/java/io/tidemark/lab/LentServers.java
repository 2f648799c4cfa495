package io.tidemark.lab;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/** Gives test classes what {@link Postgres}, {@link MySql} and {@link MariaDb} ask for. */
final class LentServers implements BeforeAllCallback, BeforeEachCallback, ParameterResolver {

  @Override
  public void beforeAll(ExtensionContext context) throws Exception {
    fill(context, context.getRequiredTestClass(), null);
    if (context.getTestInstance().isPresent()) {
      fillInstances(context);
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    fillInstances(context);
  }

  private static void fillInstances(ExtensionContext context) throws Exception {
    for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
      fill(ofClass(context, instance.getClass()), instance.getClass(), instance);
    }
  }

  /**
   * @param instance whose fields are meant; none means the static ones
   */
  private static void fill(ExtensionContext context, Class<?> type, Object instance)
      throws IllegalAccessException {
    Predicate<Field> meant = field -> Modifier.isStatic(field.getModifiers()) == (instance == null);
    for (Field field :
        ReflectionSupport.findFields(
            type, meant.and(field -> order(field).isPresent()), HierarchyTraversalMode.TOP_DOWN)) {
      field.setAccessible(true);
      field.set(instance, borrow(context, field.toString(), order(field).orElseThrow()));
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return order(parameter.getParameter()).isPresent();
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return borrow(
        ofClass(context, context.getRequiredTestClass()),
        parameter.getDeclaringExecutable() + " " + parameter.getIndex(),
        order(parameter.getParameter()).orElseThrow());
  }

  private static Server borrow(ExtensionContext context, String role, ServerOrder order) {
    return context
        .getStore(Namespace.create(LentServers.class, context.getUniqueId()))
        .getOrComputeIfAbsent(Loans.class, type -> new Loans(), Loans.class)
        .borrow(role, order);
  }

  /** The context that ends with the test class: servers are lent for so long. */
  private static ExtensionContext ofClass(ExtensionContext context, Class<?> type) {
    ExtensionContext each = context;
    while (each.getTestMethod().isPresent() || !each.getTestClass().equals(Optional.of(type))) {
      each = each.getParent().orElseThrow();
    }
    return each;
  }

  private static Optional<ServerOrder> order(AnnotatedElement element) {
    List<Optional<ServerOrder>> orders =
        List.of(
            Optional.ofNullable(element.getAnnotation(Postgres.class))
                .map(asked -> ServerOrder.postgres(asked.value())),
            Optional.ofNullable(element.getAnnotation(MySql.class))
                .map(asked -> ServerOrder.mySql(MySqlVendor.MYSQL, asked.value())),
            Optional.ofNullable(element.getAnnotation(MariaDb.class))
                .map(asked -> ServerOrder.mySql(MySqlVendor.MARIADB, asked.value())));
    return orders.stream().flatMap(Optional::stream).findFirst();
  }
}
