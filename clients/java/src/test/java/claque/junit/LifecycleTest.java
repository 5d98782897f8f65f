package claque.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs small test classes, and looks what becomes of their worlds. */
class LifecycleTest {
  private static final List<World> GIVEN = Collections.synchronizedList(new ArrayList<>());

  private static TestExecutionSummary run(Class<?> tests) {
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    LauncherFactory.create().execute(
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(tests))
            .configurationParameter("junit.jupiter.execution.parallel.enabled", "false")
            .build(),
        listener);
    return listener.getSummary();
  }

  @ClaqueTest
  static class Each {
    private World mine;

    @Test
    void one(World world) {
      mine = world;
      GIVEN.add(world);
    }

    @Test
    void two(World world) {
      mine = world;
      GIVEN.add(world);
    }

    @AfterEach
    void stillThere(World world) {
      assertSame(mine, world);
      assertTrue(world.clock().now().getEpochSecond() > 0);
    }
  }

  @ClaqueTest
  static class Shared {
    private static World ours;

    @BeforeAll
    static void make(World world) {
      ours = world;
      GIVEN.add(world);
    }

    @Test
    void one(World world) {
      assertSame(ours, world);
      world.app("one");
    }

    @Test
    void two(World world, Clock clock) {
      assertSame(ours, world);
      assertSame(ours.clock(), clock);
      world.app("two");
    }
  }

  static class Misspelt {
    @Test
    @ClaqueTest(readings = "app-id.charset")
    void one(World world) {
      GIVEN.add(world);
    }
  }

  static class Unknown {
    @Test
    @ClaqueTest(readings = "app-id.charset=none")
    void one(World world) {
      GIVEN.add(world);
    }
  }

  /** One test at a time: the small classes tell what they were given in one list. */
  @Test
  void worldsEndWithWhatTheyWereMadeFor() {
    assertEquals(2, run(Each.class).getTestsSucceededCount());
    assertEquals(2, GIVEN.size());
    assertNotSame(GIVEN.get(0), GIVEN.get(1));
    assertEquals(2, run(Shared.class).getTestsSucceededCount());
    assertEquals(3, GIVEN.size());
    for (World world : GIVEN) {
      assertEquals(404, assertThrows(ControlException.class, () -> world.control("clock", null)).status());
    }
    assertEquals("@ClaqueTest: a reading is ID=VALUE, and not app-id.charset", failure(Misspelt.class));
    String refused = failure(Unknown.class);
    assertTrue(refused.contains("app-id.charset") && refused.contains("underscore"), refused);
    assertEquals(3, GIVEN.size());
  }

  private static String failure(Class<?> tests) {
    TestExecutionSummary summary = run(tests);
    assertEquals(1, summary.getTestsFailedCount());
    Throwable failure = summary.getFailures().get(0).getException();
    // JUnit wraps what a resolver of parameters throws.
    while (failure.getCause() != null) failure = failure.getCause();
    return failure.getMessage();
  }
}
