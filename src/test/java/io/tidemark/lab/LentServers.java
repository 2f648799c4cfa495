package io.tidemark.lab;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.sql.SQLException;
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
            type, meant.and(field -> asked(field).isPresent()), HierarchyTraversalMode.TOP_DOWN)) {
      field.setAccessible(true);
      field.set(instance, borrow(context, field.toString(), field));
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return asked(parameter.getParameter()).isPresent();
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return borrow(
        ofClass(context, context.getRequiredTestClass()),
        parameter.getDeclaringExecutable() + " " + parameter.getIndex(),
        parameter.getParameter());
  }

  private static Server borrow(ExtensionContext context, String role, AnnotatedElement element) {
    Asked asked = asked(element).orElseThrow();
    Loans loans =
        context
            .getStore(Namespace.create(LentServers.class, context.getUniqueId()))
            .getOrComputeIfAbsent(Loans.class, type -> new Loans(), Loans.class);
    if (loans.has(role, asked.order())) {
      return loans.borrow(role, asked.order());
    }
    Server server = loans.borrow(role, asked.order());
    for (String database : asked.databases()) {
      try {
        server.createDatabase(database);
      } catch (SQLException e) {
        throw new IllegalStateException("the database " + database + " cannot be created", e);
      }
    }
    return server;
  }

  /** The context that ends with the test class: servers are lent for so long. */
  private static ExtensionContext ofClass(ExtensionContext context, Class<?> type) {
    ExtensionContext each = context;
    while (each.getTestMethod().isPresent() || !each.getTestClass().equals(Optional.of(type))) {
      each = each.getParent().orElseThrow();
    }
    return each;
  }

  private record Asked(ServerOrder order, List<String> databases) {}

  private static Optional<Asked> asked(AnnotatedElement element) {
    List<Optional<Asked>> all =
        List.of(
            Optional.ofNullable(element.getAnnotation(Postgres.class))
                .map(by -> new Asked(ServerOrder.postgres(by.value()), List.of(by.databases()))),
            Optional.ofNullable(element.getAnnotation(MySql.class))
                .map(
                    by ->
                        new Asked(
                            ServerOrder.mySql(MySqlVendor.MYSQL, by.value()),
                            List.of(by.databases()))),
            Optional.ofNullable(element.getAnnotation(MariaDb.class))
                .map(
                    by ->
                        new Asked(
                            ServerOrder.mySql(MySqlVendor.MARIADB, by.value()),
                            List.of(by.databases()))));
    return all.stream().flatMap(Optional::stream).findFirst();
  }
}
