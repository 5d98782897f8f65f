package claque.audience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import claque.audience.Requests.SendGroupMessage;
import claque.junit.App;
import claque.junit.ClaqueTest;
import claque.junit.Clock;
import claque.junit.Faults;
import claque.junit.Viewer;
import claque.junit.World;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ClaqueTest
class EngineTest {
  private static void refused(int code, Executable asked) {
    assertEquals(code, assertThrows(ImException.class, asked).code());
  }

  private static SendGroupMessage comment(String data, int level) {
    SendGroupMessage request = new SendGroupMessage("g1", App.TYPE_OF_OWN, data);
    request.level = level;
    return request;
  }

  /** Runs on a thread of its own: those of the common pool are few, and tests that wait there wait for each other. */
  private static <R> FutureTask<R> beside(Callable<R> work) {
    FutureTask<R> task = new FutureTask<>(work);
    Thread thread = new Thread(task, "beside");
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  private static void outage(World world, App app, String user, boolean down) {
    world.control("outage", Map.of("app", app.id(), "user", user, "down", down));
  }

  private static List<Types.Message> messages(Viewer viewer) {
    return viewer.drain().stream()
        .filter(Events.RecvGroupMessage.class::isInstance)
        .map(event -> ((Events.RecvGroupMessage) event).message)
        .collect(Collectors.toList());
  }

  @Test
  void statesAreRefusedWithTheDocumentedCodes(World world) {
    App show = world.app("show").group("g1");
    Viewer ada = new Viewer();
    Types.User user = new Types.User("ada");
    refused(ImErrorCode.WRONG_STATE, () -> ada.login(user, show.token("ada", "")));
    refused(ImErrorCode.BAD_PARAMETER, () -> ada.init(new ImConfig("", "a", "b")));
    refused(ImErrorCode.BAD_PARAMETER, () -> ada.init(new ImConfig("ftp://x", "a", "b")));
    refused(ImErrorCode.BAD_PARAMETER, () -> ada.init(new ImConfig("http://a b", "a", "b")));
    ada.init(show.config());
    refused(ImErrorCode.WRONG_STATE, () -> ada.init(show.config()));
    refused(ImErrorCode.NOT_LOGIN, () -> ada.getGroupManager().joinGroup("g1"));
    refused(ImErrorCode.FORBIDDEN, () -> ada.login(user, show.token("eve", "")));
    assertTrue(ada.isLogout());
    assertNull(ada.getCurrentUserId());
    ada.login(user, show.token("ada", ""));
    refused(ImErrorCode.ALREADY_LOGIN, () -> ada.login(user, show.token("ada", "")));
    assertTrue(ada.isLogin());
    assertEquals("ada", ada.getCurrentUserId());
    ada.logout();
    refused(ImErrorCode.NOT_LOGIN, ada::logout);
    refused(ImErrorCode.NOT_LOGIN, ada::reconnect);
    ada.next(Events.Connecting.class);
    assertEquals(ImErrorCode.FORBIDDEN, ada.next(Events.ConnectFailed.class).error.code());
    ada.next(Events.ConnectSuccess.class);
    assertEquals(1, ada.next(Events.Disconnect.class).code);
    ada.unInit();
    assertSame(ImEngine.createEngine(), ImEngine.createEngine());
  }

  @Test
  void lostLinkComesBackWithWhatWasHigh(World world, Clock clock) {
    App show = world.app("show").group("g1");
    Viewer ada = show.join("g1", "ada");
    Viewer bob = show.join("g1", "bob");
    outage(world, show, "ada", true);
    bob.getMessageManager().sendGroupMessage(comment("lost", ImMessageLevel.NORMAL));
    clock.advance(Duration.ofSeconds(2));
    String kept = bob.getMessageManager().sendGroupMessage(comment("kept", ImMessageLevel.HIGH));
    clock.advance(Duration.ofSeconds(2));
    refused(ImErrorCode.NO_SESSION, () -> ada.getGroupManager().queryGroup("g1"));
    outage(world, show, "ada", false);
    assertEquals("g1", ada.next(Events.ReconnectSuccess.class).groups.get(0).groupId);
    Types.Message back = ada.nextMessage();
    assertEquals(kept, back.messageId);
    assertEquals(true, back.recovered);
    assertEquals(List.of(), messages(ada));
    // A second return pulls nothing a second time.
    ada.reconnect();
    assertEquals(List.of(), messages(ada));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @ClaqueTest(time = "2031-02-03T20:10:00Z")
  void expiredTokenIsRenewedForTheReturn(boolean renewed, World world, Clock clock) {
    App show = world.app("show").group("g1");
    AtomicInteger asked = new AtomicInteger();
    ImConfig config = show.config();
    config.tokenExpired = () -> {
      asked.incrementAndGet();
      return renewed ? show.token("ada", "") : null;
    };
    Viewer ada = show.viewer(config);
    ada.login(new Types.User("ada"), show.token("ada", "", Instant.parse("2031-02-03T20:11:00Z")));
    clock.advance(Duration.ofMinutes(2));
    ada.next(Events.TokenExpired.class);
    if (renewed) {
      ada.reconnect();
      assertTrue(ada.isLogin());
    } else {
      refused(ImErrorCode.NO_SESSION, ada::reconnect);
      assertEquals(3, ada.next(Events.Disconnect.class).code);
    }
    assertTrue(asked.get() > 0, "nobody was asked for a token");
  }

  @Test
  void secondDeviceEndsTheFirst(World world) {
    App show = world.app("show");
    Viewer first = show.login("ada");
    show.login("ada");
    assertEquals(4, first.next(Events.Disconnect.class).code);
    assertFalse(first.isLogin());
  }

  @Test
  void highlyReliableMessageIsAcknowledged(World world) {
    App show = world.app("show");
    Viewer ada = show.login("ada");
    world.call("SendLiveMessageUser", Map.of("AppId", show.id(), "ReceiverId", "ada", "SenderId", "host", "MsgType", 10004,
        "Body", "you have won", "HighReliability", true));
    assertEquals("you have won", ada.next(Events.RecvC2cMessage.class).message.data);
  }

  @Test
  void requestWithoutAnAnswerIsRefused(World world, Faults faults) {
    App show = world.app("show").group("g1");
    ImConfig config = show.config();
    config.answerTimeout = Duration.ofMillis(200);
    Viewer ada = show.viewer(config);
    ada.login(new Types.User("ada"), show.token("ada", ""));
    faults.delayMethod("queryGroup", Duration.ofMinutes(1));
    refused(ImErrorCode.TEMPORARY, () -> ada.getGroupManager().queryGroup("g1"));
  }

  @Test
  void requestDoesNotOutliveItsLink(World world, Faults faults) throws Exception {
    App show = world.app("show").group("g1");
    Viewer bob = show.join("g1", "bob");
    faults.delayMethod("queryGroup", Duration.ofMinutes(1));
    FutureTask<?> asked = beside(() -> bob.getGroupManager().queryGroup("g1"));
    Thread.sleep(50);
    outage(world, show, "bob", true);
    ExecutionException failed = assertThrows(ExecutionException.class, () -> asked.get(20, TimeUnit.SECONDS));
    assertEquals(ImErrorCode.NO_SESSION, ((ImException) failed.getCause()).code());
  }

  @Test
  void textCutInTheMiddleOfACharacterIsRefusedAndSpoilsNothing(World world) {
    App show = world.app("show").group("g1");
    Viewer ada = show.join("g1", "ada");
    refused(ImErrorCode.PARSE, () -> ada.getMessageManager().sendGroupMessage(comment("cut \ud83c", 0)));
    refused(ImErrorCode.PARSE, () -> ada.getMessageManager().sendGroupMessage(comment("\udf81 cut", 0)));
    String text = "\ud83c\udf81 <b> & \u2028";
    ada.getMessageManager().sendGroupMessage(comment(text, 0));
    assertEquals(text, ada.nextMessage().data);
  }

  @Test
  void listenersMayCallTheEngineAndMayThrow(World world) {
    App show = world.app("show").group("g1");
    Viewer ada = show.join("g1", "ada");
    Viewer bob = show.join("g1", "bob");
    ada.on(Events.RecvGroupMessage.class, event -> { if (event.message.data.equals("throw")) throw new QuietException(); });
    ada.on(Events.RecvGroupMessage.class, event -> {
      if (event.message.sender.userId.equals("bob")) ada.getMessageManager().sendGroupMessage(comment("echo", 0));
    });
    bob.getMessageManager().sendGroupMessage(comment("throw", 0));
    assertEquals("throw", bob.nextMessage().data);
    assertEquals("echo", bob.nextMessage().data);
  }

  /** Without a trace: it is meant to be thrown. */
  private static final class QuietException extends RuntimeException {
    QuietException() {
      super("a listener's own mistake, thrown on purpose", null, false, false);
    }
  }

  @Test
  void manyThreadsShareAnEngine(World world) throws Exception {
    App show = world.app("show").group("g1");
    Viewer ada = show.join("g1", "ada");
    List<FutureTask<String>> all =
        IntStream.range(0, 40)
            .mapToObj(n -> beside(() -> ada.getMessageManager().sendGroupMessage(comment("c" + n, 0))))
            .collect(Collectors.toList());
    Set<String> ids = new HashSet<>();
    for (FutureTask<String> each : all) ids.add(each.get(20, TimeUnit.SECONDS));
    Set<String> seen = new HashSet<>();
    for (int n = 0; n < 40; n++) seen.add(ada.nextMessage().messageId);
    assertEquals(ids, seen);
  }

  private static long exits(Viewer viewer) {
    return viewer.drain().stream().filter(Events.Exit.class::isInstance).count();
  }

  @Test
  void groupThatIsOverIsToldOnce(World world) {
    App show = world.app("show").group("g1");
    Viewer ada = show.join("g1", "ada");
    Viewer bob = show.join("g1", "bob");
    bob.getGroupManager().leaveGroup("g1");
    world.call("DeleteLiveMessageGroup", Map.of("AppId", show.id(), "GroupId", "g1", "OperatorId", "host"));
    assertEquals(1, exits(ada));
    for (Viewer viewer : List.of(ada, bob)) {
      viewer.reconnect();
      assertEquals(0, exits(viewer), () -> viewer.getCurrentUserId() + " is notified of more after a return");
    }
  }

  @Test
  void requestDoesNotOutliveItsSession(World world, Faults faults) throws Exception {
    App show = world.app("show").group("g1");
    Viewer ada = show.join("g1", "ada");
    faults.delayMethod("queryGroup", Duration.ofMinutes(1));
    FutureTask<?> asked = beside(() -> ada.getGroupManager().queryGroup("g1"));
    Thread.sleep(50);
    show.login("ada");
    ExecutionException failed = assertThrows(ExecutionException.class, () -> asked.get(20, TimeUnit.SECONDS));
    assertEquals(ImErrorCode.FORMER_SESSION, ((ImException) failed.getCause()).code());
  }

  @Test
  void longFramesArrive(World world) {
    Viewer ada = world.app("show").group("g1").join("g1", "ada");
    String text = "long ".repeat(2_900);
    for (int n = 0; n < 10; n++) ada.getMessageManager().sendGroupMessage(comment(text, 0));
    Requests.ListMessage request = new Requests.ListMessage("g1");
    request.pageSize = 100;
    List<Types.Message> page = ada.getMessageManager().listHistoryMessage(request).messageList;
    assertEquals(10, page.size());
    assertEquals(text, page.get(9).data);
  }
}
