package dev.cofferdam.microvm.standin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cofferdam.microvm.firecracker.Transcripts;
import dev.cofferdam.microvm.firecracker.Transcripts.Exchange;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The stand-in against the recorded exchanges, each session from its start to its end. */
class StandInApiTest {

  @ParameterizedTest
  @ValueSource(strings = {"happy", "restore", "restore2", "errors", "pci"})
  void session_asked_answersAsTheRealOneDid(String session) {
    StandInApi api = new StandInApi(session, session.equals("pci"), new Nothing());
    List<Exchange> exchanges =
        Transcripts.all().stream().filter(each -> each.session().equals(session)).toList();
    for (Exchange each : exchanges) {
      var answer = api.answer(each.method(), each.path(), each.body());
      assertEquals(each.status(), answer.status(), each::toString);
      assertEquals(each.answerBody(), answer.body(), each::toString);
    }
  }

  /** No guest, and the files that the recording had. */
  private static final class Nothing implements Behind {
    @Override
    public boolean exists(String path) {
      return !path.startsWith("missing");
    }

    @Override
    public void start(Map<String, JsonNode> configuration) {}

    @Override
    public void changeDrive(String id, String path) {}

    @Override
    public void pause() {}

    @Override
    public void resume() {}
  }
}
