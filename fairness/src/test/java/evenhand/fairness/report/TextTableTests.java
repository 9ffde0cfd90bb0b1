package evenhand.fairness.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Alignment, cutting and wrapping. */
class TextTableTests {
  @Test
  void numbersGoRightAndWordsLeft() {
    TextTable table = new TextTable(List.of("name", "rows", "where"),
        List.of(List.of("a", "1,000", "here"), List.of("longer", "20", "elsewhere")));
    assertThat(table.lines(80)).containsExactly(
        "name     rows  where",
        "a       1,000  here",
        "longer     20  elsewhere");
  }

  @Test
  void theFirstColumnIsCutToFit() {
    TextTable table = new TextTable(List.of("method", "x"), List.of(List.of("decision-rationale-alignment", "0.123")));
    assertThat(table.lines(20)).containsExactly("method             x", "decision-ra..  0.123");
  }

  @Test
  void columnsThatAreTooManyFollowBelow() {
    TextTable table = new TextTable(List.of("name", "accuracy", "gap", "note"),
        List.of(List.of("a-long-name", "0.123", "0.4", "one"), List.of("b", "0.567", "0.8", "two")));
    assertThat(table.lines(22, header -> "*" + header)).containsExactly(
        "*name      accuracy",
        "a-long..     0.123",
        "b            0.567",
        "",
        "*name      gap  note",
        "a-long..  0.4  one",
        "b         0.8  two");
  }

  @Test
  void longTextsAreBrokenAtSpaces() {
    assertThat(TextTable.wrapped("one two three four", 9)).containsExactly("one two", "  three", "  four");
  }

  @Test
  void aRowMustFitTheHeader() {
    assertThatThrownBy(() -> new TextTable(List.of("a"), List.of(List.of("1", "2")))).hasMessageContaining("header");
  }
}
