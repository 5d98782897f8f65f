package claque.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import claque.audience.Requests.SendGroupMessage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class LedgerTest {
  private static String failure(Executable assertion) {
    return assertThrows(AssertionError.class, assertion).getMessage();
  }

  @Test
  @ClaqueTest(time = "2031-02-03T20:10:00Z")
  void saysWhatWasShedAndWhy(World world, Clock clock, Ledger ledger) {
    Viewer ada = world.app("show").group("g1").join("g1", "ada");
    ledger.assertNothingShed();
    List<String> ids = new ArrayList<>();
    for (int n = 1; n <= 60; n++) {
      ids.add(ada.getMessageManager().sendGroupMessage(new SendGroupMessage("g1", App.TYPE_OF_OWN, "comment " + n)));
    }
    clock.advance(Duration.ofSeconds(10));
    List<Ledger.Shed> entries = ledger.shed();
    assertFalse(entries.isEmpty());
    Ledger.Shed entry = entries.get(0);
    ledger.assertShed(entries.size());
    ledger.assertWasShed(entry.messageId);
    ledger.assertNotShed(ids.get(0));
    String said = failure(() -> ledger.assertNotShed(entry.messageId));
    String begin = entry.messageId + " (\"" + entry.data
        + "\", type 10001, level NORMAL, from ada to group g1) was shed at 20:10:";
    assertTrue(said.startsWith(begin), said);
    assertTrue(said.endsWith(": outranked by " + entry.winner + " (" + entry.rule + ")"), said);
    assertTrue(ids.contains(entry.winner), said);
    String all = failure(ledger::assertNothingShed);
    assertTrue(all.startsWith(entries.size() + " messages were shed, expected 0:\n  " + entry.messageId), all);
    assertTrue(failure(() -> ledger.assertWasShed(ids.get(0))).startsWith(ids.get(0) + " was not shed:\n"));
  }

  @Test
  @ClaqueTest
  void nothingWasShed(Ledger ledger) {
    assertEquals("m1 was not shed: nothing was", failure(() -> ledger.assertWasShed("m1")));
  }
}
