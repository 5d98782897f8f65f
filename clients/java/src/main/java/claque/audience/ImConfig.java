package claque.audience;

import java.time.Duration;
import java.util.function.Supplier;

/** What an engine is initialised with. */
public final class ImConfig {
  /** Where the server listens, {@code http://127.0.0.1:8787}, or a world's audience side, {@code ws://…}. */
  public final String endpoint;

  public final String appId;
  public final String appSign;

  /** The session's heartbeat timeout, 15 to 120 s; null: the server's default, 99 s. */
  public Duration heartbeatTimeout;

  /** How long a request waits for its answer. */
  public Duration answerTimeout = Duration.ofSeconds(30);

  /** Gives a fresh token once the old one has expired; null: none is to be had. */
  public Supplier<Types.UserAuth> tokenExpired;

  public ImConfig(String endpoint, String appId, String appSign) {
    this.endpoint = endpoint;
    this.appId = appId;
    this.appSign = appSign;
  }
}
