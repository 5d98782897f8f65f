package claque.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Gives every test of a class, or one test, a world of its own: declare parameters of the types {@link World}, {@link Clock},
 * {@link Ledger} and {@link Faults}. Set-up methods and their test are given the same world. A constructor or a
 * {@code @BeforeAll} method that declares one is given a world that all tests of the class share.
 */
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@ExtendWith(ClaqueExtension.class)
public @interface ClaqueTest {
  /** Other readings of points that the documents leave open, {@code ID=VALUE}: {@code claque readings} lists them. */
  String[] readings() default {};

  /** When the world begins, as {@code 2031-02-03T20:10:00Z}; empty: now. */
  String time() default "";

  /** Whether its clock runs as fast as the wall; else it stands until it is moved. */
  boolean runningClock() default false;
}
