package claque.junit;

import java.time.Instant;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Makes worlds for tests, and ends them: {@link ClaqueTest} registers it. */
public final class ClaqueExtension implements ParameterResolver, AfterEachCallback, AfterAllCallback {
  private static final ExtensionContext.Namespace HERE = ExtensionContext.Namespace.create(ClaqueExtension.class);

  private static final Map<Class<?>, Function<World, Object>> INJECTED =
      Map.of(World.class, world -> world, Clock.class, World::clock, Ledger.class, World::ledger, Faults.class, World::faults);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return INJECTED.containsKey(parameter.getParameter().getType());
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    World world = context.getStore(HERE).getOrComputeIfAbsent("world", key -> make(context), World.class);
    return INJECTED.get(parameter.getParameter().getType()).apply(world);
  }

  private static World make(ExtensionContext context) {
    World.Options options = new World.Options();
    ClaqueTest asked = asked(context);
    if (asked != null) {
      for (String reading : asked.readings()) {
        String[] parts = reading.split("=", 2);
        if (parts.length != 2) {
          throw new ExtensionConfigurationException("@ClaqueTest: a reading is ID=VALUE, and not " + reading);
        }
        options.reading(parts[0], parts[1]);
      }
      if (!asked.time().isEmpty()) options.time(Instant.parse(asked.time()));
      if (asked.runningClock()) options.runningClock();
    }
    return World.open(options);
  }

  /** The annotation that is nearest: the test's, that of its class, or that of a class around it. */
  private static ClaqueTest asked(ExtensionContext context) {
    for (ExtensionContext at = context; at != null; at = at.getParent().orElse(null)) {
      ClaqueTest found = at.getElement().flatMap(it -> AnnotationSupport.findAnnotation(it, ClaqueTest.class)).orElse(null);
      if (found != null) return found;
    }
    return null;
  }

  @Override
  public void afterEach(ExtensionContext context) {
    end(context);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    end(context);
  }

  /** Ends the world that was made here, and not one that others share. */
  private static void end(ExtensionContext context) {
    World world = context.getStore(HERE).remove("world", World.class);
    if (world != null) world.close();
  }
}
