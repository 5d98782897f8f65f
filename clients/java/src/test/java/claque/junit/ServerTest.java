package claque.junit;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ServerTest {
  /** A process of its own that makes a world and waits to be killed. */
  public static final class TellsItsServer {
    public static void main(String[] arguments) throws InterruptedException {
      System.out.println(World.open().endpoint());
      Thread.sleep(60_000);
    }
  }

  @Test
  void endsWithTheProcessEvenIfThatIsKilled() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    ProcessBuilder builder =
        new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), TellsItsServer.class.getName());
    builder.environment().remove("CLAQUE_URL");
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    URI health;
    try (BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      health = URI.create("http://" + said.readLine() + "/_claque/health");
      assertTrue(isReached(health), () -> health + " cannot be reached while its process lives");
      process.destroyForcibly().waitFor();
    }
    for (int left = 500; left > 0 && isReached(health); left--) Thread.sleep(10);
    assertTrue(!isReached(health), () -> health + " lives on");
  }

  private static boolean isReached(URI address) throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(address).build();
      return Server.HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException gone) {
      return false;
    }
  }
}
