package claque.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import claque.audience.ImErrorCode;
import claque.audience.ImException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

@ClaqueTest
class WorldTest {
  private World made;

  @BeforeEach
  void isGivenTheWorldOfItsTest(World world) {
    made = world;
  }

  @Test
  void hello(World world) {
    App show = world.app("show").group("g1");
    Viewer ada = show.join("g1", "ada");
    show.send("g1", "hello");
    assertEquals("hello", ada.nextMessage().data);
  }

  @Test
  void parametersBelongTogether(World world, Clock clock, Ledger ledger, Faults faults) {
    assertSame(made, world);
    assertSame(world.clock(), clock);
    assertSame(world.ledger(), ledger);
    assertSame(world.faults(), faults);
  }

  /** Four at a time, as junit-platform.properties says: each sees only its own. */
  @RepeatedTest(8)
  void worldsAreIsolated(World world, Clock clock) {
    Instant before = clock.now();
    String name = world.name().length() > 14 ? "show" : "s" + world.name();
    App show = world.app(name).group("g1");
    Viewer ada = show.join("g1", "ada");
    show.send("g1", "only in " + name);
    clock.advance(Duration.ofDays(31));
    assertEquals("only in " + name, ada.nextMessage().data);
    assertEquals(Duration.ofDays(31), Duration.between(before, clock.now()));
    Answer apps = world.call("ListLiveMessageApps", Map.of("SortType", 1));
    assertEquals(name, apps.text("AppList.0.AppName"));
    assertNull(apps.get("AppList.1"), () -> "there is more: " + apps);
  }

  @Test
  void anotherWorldsKeyOpensNothing(World world) {
    App show = world.app("show");
    try (World other = World.open()) {
      Map<String, ?> it = Map.of("AppId", show.id());
      CallException refused = assertThrows(CallException.class, () -> other.call("DescribeLiveMessageApp", it));
      assertEquals("ResourceNotExist", refused.code());
      assertEquals(404, refused.status());
      assertFalse(refused.requestId().isEmpty());
      assertEquals("SignatureDoesNotMatch",
          assertThrows(CallException.class, () -> other.callWith("wrong", "DescribeLiveMessageApp", it)).code());
    }
  }

  @Test
  void closedWorldIsGone() {
    World world = World.open();
    world.close();
    assertEquals(404, assertThrows(ControlException.class, () -> world.control("clock", null)).status());
    assertEquals(404, assertThrows(ControlException.class, world::close).status());
  }

  @Test
  @ClaqueTest(time = "2031-02-03T20:10:00Z", readings = "app-id.charset=hyphen")
  void beginsAsAsked(World world, Clock clock) {
    assertEquals(Instant.parse("2031-02-03T20:10:00Z"), clock.now());
    clock.advanceTo(Instant.parse("2031-02-03T21:10:00Z"));
    assertEquals(Instant.parse("2031-02-03T21:10:00Z"), clock.now());
    assertTrue(world.control("readings", null).toString()
        .contains("{\"id\":\"app-id.charset\",\"value\":\"hyphen\",\"default\":\"strict\""));
  }

  @Test
  @ClaqueTest(runningClock = true)
  void clockRunsAndStands(Clock clock) throws InterruptedException {
    Instant first = clock.now();
    Thread.sleep(5);
    assertTrue(clock.now().isAfter(first));
    clock.freeze();
    assertEquals(clock.now(), clock.now());
    clock.resume();
    Instant again = clock.now();
    Thread.sleep(5);
    assertTrue(clock.now().isAfter(again));
  }

  @Test
  void limitsAndNames() {
    try (World world = World.open(new World.Options().name("a-name").limit("group_members_max", 3))) {
      assertEquals("a-name", world.name());
      assertEquals("3", world.control("limits", null).text("group_members_max"));
    }
  }

  @Test
  void faults(World world, Faults faults) {
    App show = world.app("show").group("g1");
    Viewer ada = show.join("g1", "ada");
    faults.failOperation("DescribeLiveMessageApp", "ServerError");
    faults.failMethod("queryGroup", ImErrorCode.BUSY);
    Map<String, ?> app = Map.of("AppId", show.id());
    assertEquals("ServerError",
        assertThrows(CallException.class, () -> world.call("DescribeLiveMessageApp", app)).code());
    assertEquals(ImErrorCode.BUSY,
        assertThrows(ImException.class, () -> ada.getGroupManager().queryGroup("g1")).code());
    faults.clear();
    assertEquals("show", world.call("DescribeLiveMessageApp", app).text("AppName"));
    assertEquals("g1", ada.getGroupManager().queryGroup("g1").groupId);
  }
}
