package io.tidemark.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Puts a {@link MySqlServer} of MySQL on loan into a field or parameter of a test class: as good as
 * new, of this class alone until its end, and not of the test to close. A field gets another server
 * than the next one. Where this machine has no such server, the class is skipped.
 */
@Target({ElementType.FIELD, ElementType.PARAMETER})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(LentServers.class)
public @interface MySql {

  /** Settings over those of every test, each as {@code name=value}. */
  String[] value() default {};

  /** Databases that are to be there, empty. */
  String[] databases() default {};
}
