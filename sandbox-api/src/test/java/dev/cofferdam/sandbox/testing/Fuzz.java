package dev.cofferdam.sandbox.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/**
 * A property of something that reads data of others; of the suite {@code dev/test fuzz}. The same
 * inputs each time, unless the suite is given a seed ({@link Mutations}).
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@Property(seed = "20261123")
@Tag("fuzz")
public @interface Fuzz {}
