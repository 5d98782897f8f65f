package claque.audience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What docs/asyncapi.yaml lists, and a test of the server holds to the code, is what this client has. */
class DocumentedTest {
  private static Set<String> found(String pattern) throws Exception {
    Matcher matcher = Pattern.compile(pattern, Pattern.MULTILINE).matcher(Files.readString(Path.of("../../docs/asyncapi.yaml")));
    Set<String> all = new TreeSet<>();
    while (matcher.find()) all.add(matcher.group(1));
    assertTrue(all.size() > 10, () -> pattern + ": is the document written otherwise now? " + all);
    return all;
  }

  @Test
  void methods() throws Exception {
    Set<String> have =
        Stream.of(ImEngine.class, ImGroupManager.class, ImMessageManager.class)
            .flatMap(kind -> Arrays.stream(kind.getMethods()))
            .map(java.lang.reflect.Method::getName)
            .collect(Collectors.toSet());
    Set<String> missing = found("^  (\\w+):\n    action: receive$");
    missing.removeAll(have);
    // The engine sends these two by itself.
    assertEquals(Set.of("heartbeat", "acknowledge"), missing);
  }

  @Test
  void events() throws Exception {
    assertEquals(found("event: \\{ const: (\\w+) \\}"), new TreeSet<>(Events.SENT.keySet()));
    for (var each : Events.SENT.entrySet()) {
      assertEquals(each.getKey(), Link.GSON.fromJson("{}", each.getValue()).name());
    }
  }

  @Test
  void codes() throws Exception {
    Set<String> have = new TreeSet<>();
    for (var field : ImErrorCode.class.getFields()) have.add(String.valueOf(field.getInt(null)));
    assertEquals(found("^        (\\d{3}): \\{ from: "), have);
  }
}
