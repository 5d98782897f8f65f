package claque.audience;

import claque.audience.Types.GroupInfo;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * A client for the audience side of {@code claque serve}: one viewer, its session and its link, and what happens when the link is
 * lost. Methods, events and error codes carry the names of the documented engine.
 *
 * <p>It speaks Claque's own protocol (docs/audience.md). The vendor's wire protocol is not public and is not imitated.
 *
 * <p>Methods return when their answer is there, and throw an {@link ImException} when they are refused. All may be called from any
 * thread, and from listeners.
 */
public class ImEngine {
  /** Reasons of {@link Events.Disconnect} that this side gives. */
  static final int OWN_LOGOUT = 1;

  static final int TIMEOUT = 3;
  static final int ELSEWHERE = 4;

  /** How long an engine that is put away waits for the answer to its logout. */
  private static final Duration GOODBYE_WITHIN = Duration.ofSeconds(2);

  private static ImEngine only;

  final Listeners listeners = new Listeners();
  /** Ends the wait between two attempts to come back. */
  final Semaphore wake = new Semaphore(0);

  private final ImGroupManager groups = new ImGroupManager(this);
  private final ImMessageManager messages = new ImMessageManager(this);

  // All that follows is this object's monitor's.
  private ImConfig config;
  private URI address;
  private Link link;
  private Types.User user;
  private Types.UserAuth auth;
  private boolean renewed;
  private String session = "";
  private Duration heartbeat = Duration.ZERO;
  /** Counts logons: what belongs to a former one must not touch the present one. */
  private int epoch;

  private boolean comingBack;
  /** Callers that wait for the link to be back. */
  private List<CompletableFuture<Void>> returns = new ArrayList<>();
  /** How far the messages of each group have come. */
  private final Map<String, Long> cursors = new HashMap<>();

  /** The one engine of this program, made at the first call. */
  public static synchronized ImEngine createEngine() {
    if (only == null) only = new ImEngine();
    return only;
  }

  /** Takes the configuration. */
  public synchronized void init(ImConfig config) {
    if (this.config != null) throw new ImException(ImErrorCode.WRONG_STATE, "init was called already; unInit first");
    require("endpoint", config.endpoint);
    require("appId", config.appId);
    require("appSign", config.appSign);
    address = audienceAddress(config.endpoint);
    this.config = config;
  }

  private static void require(String name, String value) {
    if (value == null || value.isEmpty()) {
      throw new ImException(ImErrorCode.BAD_PARAMETER, "init: " + name + " is missing");
    }
  }

  /** Where the audience side of an endpoint is. */
  private static URI audienceAddress(String endpoint) {
    try {
      URI given = URI.create(endpoint.contains("://") ? endpoint : "http://" + endpoint);
      String scheme = Map.of("http", "ws", "ws", "ws", "https", "wss", "wss", "wss").get(given.getScheme());
      if (scheme != null) {
        String path = given.getPath().endsWith("/audience") ? given.getPath() : "/audience";
        return URI.create(scheme + "://" + given.getAuthority() + path);
      }
    } catch (IllegalArgumentException error) {
      throw new ImException(ImErrorCode.BAD_PARAMETER, "endpoint: " + error.getMessage());
    }
    String text = "endpoint: " + endpoint + " is neither http, https, ws nor wss";
    throw new ImException(ImErrorCode.BAD_PARAMETER, text);
  }

  /** Logs off, and forgets configuration and listeners. */
  public void unInit() {
    try {
      if (isLogin()) logout(GOODBYE_WITHIN);
    } catch (ImException ended) {
      // The session has ended by itself meanwhile.
    }
    listeners.end();
    synchronized (this) {
      config = null;
    }
  }

  /**
   * Calls the listener at every event. Events come one after the other, on a thread of their own.
   *
   * @return takes the listener away
   */
  public Runnable on(Consumer<Events.Event> listener) {
    return listeners.add(listener);
  }

  /**
   * Calls the listener at every event of a kind.
   *
   * @return takes the listener away
   */
  public <E extends Events.Event> Runnable on(Class<E> kind, Consumer<E> listener) {
    return on(event -> { if (kind.isInstance(event)) listener.accept(kind.cast(event)); });
  }

  /** Logs on with a token of the application's back end. */
  public void login(Types.User user, Types.UserAuth userAuth) {
    int mine;
    synchronized (this) {
      if (config == null) throw new ImException(ImErrorCode.WRONG_STATE, "init first");
      if (!session.isEmpty()) throw new ImException(ImErrorCode.ALREADY_LOGIN, "already logged on");
      mine = ++epoch;
      this.user = user;
      auth = userAuth;
      renewed = false;
    }
    listeners.tell(new Events.Connecting());
    try {
      Link opened = open(mine);
      try {
        opened.ask("login", credentials(), answer -> begin(opened, mine, answer));
      } catch (ImException refused) {
        opened.drop(Link.CLOSED_NORMALLY, "the logon was refused");
        throw refused;
      }
    } catch (ImException failed) {
      listeners.tell(new Events.ConnectFailed(failed));
      throw failed;
    }
    listeners.tell(new Events.ConnectSuccess());
  }

  /** Logs off. */
  public void logout() {
    logout(null);
  }

  private void logout(Duration within) {
    Link current;
    int mine;
    synchronized (this) {
      if (session.isEmpty()) throw new ImException(ImErrorCode.NOT_LOGIN, "not logged on");
      current = link;
      mine = epoch;
    }
    if (current != null) {
      try {
        if (within == null) current.ask("logout", Map.of(), answer -> {});
        else current.ask("logout", Map.of(), answer -> {}, within);
      } catch (ImException gone) {
        // The session ends here, whatever the server says of it.
      }
    }
    end(mine, OWN_LOGOUT);
  }

  /** Drops the link, if there is one, and comes back at once. It returns when the link is back. */
  public void reconnect() {
    CompletableFuture<Void> back = new CompletableFuture<>();
    Link current;
    synchronized (this) {
      if (session.isEmpty()) throw new ImException(ImErrorCode.NOT_LOGIN, "not logged on");
      returns.add(back);
      current = link;
    }
    if (current != null) current.drop(Link.NEW_LINK_WANTED, "a new link was asked for");
    else wake.release();
    try {
      back.join();
    } catch (CompletionException refused) {
      throw (ImException) refused.getCause();
    }
  }

  /** Whether a session lives, with its link up or on its way back. */
  public synchronized boolean isLogin() {
    return !session.isEmpty();
  }

  /** Whether no session lives. */
  public boolean isLogout() {
    return !isLogin();
  }

  /** Who is logged on; null: nobody. */
  public synchronized String getCurrentUserId() {
    return session.isEmpty() ? null : user.userId;
  }

  /** The methods of groups, members and mutes. */
  public ImGroupManager getGroupManager() {
    return groups;
  }

  /** The methods of messages. */
  public ImMessageManager getMessageManager() {
    return messages;
  }

  /** Waits until every event that the server has sent so far has been heard: the answer to a heartbeat comes behind them. */
  public void settle() {
    ask("heartbeat", Map.of(), Object.class);
    listeners.settle();
  }

  <R> R ask(String method, Object params, Class<R> result) {
    Link current;
    synchronized (this) {
      if (config == null) throw new ImException(ImErrorCode.WRONG_STATE, "init first");
      if (session.isEmpty()) throw new ImException(ImErrorCode.NOT_LOGIN, "not logged on");
      if (link == null) throw new ImException(ImErrorCode.NO_SESSION, "the link is lost; the client is coming back");
      current = link;
    }
    Object[] made = new Object[1];
    current.ask(
        method, params,
        answer -> {
          made[0] = Link.GSON.fromJson(answer, result);
          if (method.equals("joinGroup")) seen((GroupInfo) made[0]);
          if (method.equals("leaveGroup")) forget((String) ((Map<?, ?>) params).get("groupId"));
        });
    return result.cast(made[0]);
  }

  /** What a logon says; {@code reconnect} takes one along with a fresh token. */
  static final class Credentials {
    String appId;
    String appSign;
    Long heartbeatTimeout;
    Types.User user;
    Types.UserAuth userAuth;
    boolean acknowledges = true;
  }

  synchronized Credentials credentials() {
    Credentials made = new Credentials();
    made.appId = config.appId;
    made.appSign = config.appSign;
    made.heartbeatTimeout = config.heartbeatTimeout == null ? null : config.heartbeatTimeout.toSeconds();
    made.user = user;
    made.userAuth = auth;
    return made;
  }

  /** The answer to a logon and to a return. */
  static final class Connected {
    String session;
    long heartbeatTimeout;
    List<GroupInfo> groups;
  }

  /** What {@code reconnect} says. */
  static final class Return {
    String session;
    List<Map<String, Object>> cursors = new ArrayList<>();
    Credentials fresh;
  }

  Link open(int mine) {
    URI to;
    Duration within;
    synchronized (this) {
      if (config == null) throw new ImException(ImErrorCode.WRONG_STATE, "init first");
      to = address;
      within = config.answerTimeout;
    }
    return Link.open(
        to, within,
        new Link.Owner() {
          @Override
          public void take(Link from, JsonObject frame) {
            if (isEpoch(mine)) ImEngine.this.take(from, mine, frame);
          }

          @Override
          public void lost(Link was, int code) {
            ImEngine.this.lost(was, mine, code);
          }
        });
  }

  /** Makes a link the session's. It runs before any event behind the answer is looked at. */
  Connected begin(Link opened, int mine, JsonElement text) {
    Connected answer = Link.GSON.fromJson(text, Connected.class);
    synchronized (this) {
      if (mine != epoch) throw new ImException(ImErrorCode.FORMER_SESSION, "the session has ended");
      link = opened;
      session = answer.session;
      heartbeat = Duration.ofSeconds(answer.heartbeatTimeout);
      for (GroupInfo group : answer.groups) cursors.putIfAbsent(group.groupId, group.seqnum);
    }
    opened.keepAlive(Duration.ofSeconds(answer.heartbeatTimeout));
    return answer;
  }

  synchronized boolean isEpoch(int mine) {
    return mine == epoch;
  }

  private synchronized void seen(GroupInfo group) {
    cursors.merge(group.groupId, group.seqnum, Math::max);
  }

  private synchronized void seen(String groupId, Types.Message message) {
    cursors.merge(groupId, message.seqnum, Math::max);
  }

  private synchronized void forget(String groupId) {
    cursors.remove(groupId);
  }

  /** Handles an event, on the thread that reads the link. */
  private void take(Link from, int mine, JsonObject frame) {
    Class<? extends Events.Event> kind = Events.SENT.get(frame.get("event").getAsString());
    if (kind == null) throw new IllegalStateException("no such event: " + frame.get("event"));
    Events.Event event = Link.GSON.fromJson(frame, kind);
    if (event instanceof Events.Disconnect) {
      end(mine, ((Events.Disconnect) event).code);
      return;
    }
    if (event instanceof Events.Recovered) {
      Events.Recovered recovered = (Events.Recovered) event;
      for (Types.Message message : recovered.messages) {
        message.recovered = true;
        Events.RecvGroupMessage each = new Events.RecvGroupMessage();
        each.groupId = recovered.groupId;
        each.message = message;
        seen(recovered.groupId, message);
        listeners.tell(each);
      }
      return;
    }
    if (event instanceof Events.TokenExpired) {
      // The link goes on; the fresh token is for coming back after its loss.
      Link.daemon(() -> renew(mine)).start();
    } else if (event instanceof Events.RecvGroupMessage) {
      seen(((Events.RecvGroupMessage) event).groupId, ((Events.RecvGroupMessage) event).message);
    } else if (event instanceof Events.RecvC2cMessage && frame.has("acknowledge")) {
      from.tell("acknowledge", Map.of("ticket", frame.get("acknowledge").getAsString()));
    } else if (event instanceof Events.Exit) {
      forget(((Events.Exit) event).groupId);
    }
    listeners.tell(event);
  }

  /** The session is over, here. */
  void end(int mine, int reason) {
    Link current;
    List<CompletableFuture<Void>> waiting;
    synchronized (this) {
      if (session.isEmpty() || mine != epoch) return;
      epoch++;
      session = "";
      comingBack = false;
      cursors.clear();
      current = link;
      link = null;
      waiting = returns;
      returns = new ArrayList<>();
    }
    if (current != null) {
      current.refusePending(ImErrorCode.FORMER_SESSION, "the session has ended");
      current.drop(Link.CLOSED_NORMALLY, "logged off");
    }
    wake.release();
    ImException why = new ImException(ImErrorCode.NO_SESSION, "the session has ended: " + reason);
    waiting.forEach(back -> back.completeExceptionally(why));
    listeners.tell(new Events.Disconnect(reason));
  }

  /** A link has ended; one that never became the session's does so without consequence. */
  private void lost(Link was, int mine, int code) {
    boolean again;
    synchronized (this) {
      if (was != link || mine != epoch || session.isEmpty()) return;
      link = null;
      again = !comingBack && code != Link.CLOSED_NORMALLY;
      comingBack |= again;
    }
    // The server said goodbye: this session has a newer link somewhere.
    if (code == Link.CLOSED_NORMALLY) end(mine, ELSEWHERE);
    else if (again) Link.daemon(new ComeBack(this, mine)).start();
  }

  /** How long attempts to come back make sense: the server keeps the session for one timeout behind that of the loss. */
  synchronized Duration worthTrying() {
    return heartbeat.multipliedBy(2);
  }

  /** What {@code reconnect} says, now. */
  synchronized Return asReturn() {
    Return made = new Return();
    made.session = session;
    cursors.forEach((groupId, seqnum) -> made.cursors.add(Map.of("groupId", groupId, "seqnum", seqnum)));
    if (renewed) made.fresh = credentials();
    return made;
  }

  /** Tells of the return, before any event behind it. */
  void resumed(Connected answer) {
    List<CompletableFuture<Void>> waiting;
    synchronized (this) {
      comingBack = false;
      renewed = false;
      cursors.keySet().removeIf(groupId -> answer.groups.stream().noneMatch(group -> group.groupId.equals(groupId)));
      waiting = returns;
      returns = new ArrayList<>();
    }
    listeners.tell(new Events.ConnectSuccess());
    listeners.tell(new Events.ReconnectSuccess(answer.groups));
    waiting.forEach(back -> back.complete(null));
  }

  /** Asks the application for a fresh token, and tells whether there is one. */
  boolean renew(int mine) {
    ImConfig asked;
    synchronized (this) {
      asked = config;
    }
    if (asked == null || asked.tokenExpired == null) return false;
    Types.UserAuth fresh = asked.tokenExpired.get();
    if (fresh == null) return false;
    synchronized (this) {
      if (mine != epoch) return false;
      auth = fresh;
      renewed = true;
    }
    return true;
  }
}
