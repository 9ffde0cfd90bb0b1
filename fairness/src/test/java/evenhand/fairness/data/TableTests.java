package evenhand.fairness.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text becomes typed columns, and every fault names file, line, column and remedy. */
class TableTests {
  @TempDir
  Path directory;

  private Cells cells(String text) throws IOException {
    return Cells.read(Files.writeString(directory.resolve("people.csv"), text), Cells.Layout.HEADER);
  }

  @Test
  void cellsAreTrimmedAndMissingOnesAreEmpty() throws IOException {
    Cells cells = cells("name, age ,city\n ann , 3, \"Paris, France\"\n?,NA,nan\n,,x\n");
    assertThat(cells.names()).containsExactly("name", "age", "city");
    assertThat(cells.column("name")).containsExactly("ann", "", "");
    assertThat(cells.column("age")).containsExactly("3", "", "");
    assertThat(cells.column("city")).containsExactly("Paris, France", "", "x");
  }

  @Test
  void typesAreInferredFromTheKnownCells() throws IOException {
    Cells cells = cells("a,b,c\n1,x,\n?,y,\n-2.5e1,2,\n");
    assertThat(((Table.Numeric) cells.inferred("a")).values()).containsExactly(1, Double.NaN, -25);
    Table.Categorical b = (Table.Categorical) cells.inferred("b");
    assertThat(b.levels()).containsExactly("2", "x", "y");
    assertThat(b.codes()).containsExactly(1, 2, 0);
    assertThat(((Table.Categorical) cells.inferred("c")).levels()).isEmpty();
  }

  @Test
  void aWordAmongNumbersIsNamedWithItsPlace() throws IOException {
    Cells cells = cells("sex,age\nF,31\n\nM,abc\nF,4\n");
    assertThatThrownBy(() -> cells.inferred("age")).isInstanceOf(DataException.class)
        .hasMessage("people.csv: line 4, column age: 'abc' is not a number; correct it, leave it empty if it is"
            + " unknown, or drop the column with --drop age");
  }

  @Test
  void javaSpellingsOfNumbersAreNotNumbers() throws IOException {
    Cells cells = cells("a,b\n1d,x\nInfinity,x\n0x1p3,x\n");
    assertThat(cells.inferred("a")).isInstanceOf(Table.Categorical.class);
    assertThatThrownBy(() -> cells("a,b\n1e999,x\n").numeric("a")).isInstanceOf(DataException.class)
        .hasMessageContaining("line 2, column a: 1e999 is too large");
  }

  @Test
  void raggedRowsAreNamed() {
    assertThatThrownBy(() -> cells("a,b,c\n1,2,3\n1,2\n")).isInstanceOf(DataException.class)
        .hasMessage("people.csv: line 3 has 2 columns, expected 3 as in the header; check its delimiters and quotes");
  }

  @Test
  void emptyFilesAreNamed() {
    assertThatThrownBy(() -> cells("")).isInstanceOf(DataException.class).hasMessageContaining("people.csv: is empty");
    assertThatThrownBy(() -> cells("a,b\n")).isInstanceOf(DataException.class)
        .hasMessageContaining("people.csv: has no rows below its header");
  }

  @Test
  void aMissingFileAndADirectoryAreNamed() {
    Path absent = directory.resolve("absent.csv");
    assertThatThrownBy(() -> Cells.read(absent, Cells.Layout.HEADER)).isInstanceOf(DataException.class)
        .hasMessage(absent + ": there is no such file; check the path");
    assertThatThrownBy(() -> Cells.read(directory, Cells.Layout.HEADER)).isInstanceOf(DataException.class)
        .hasMessageStartingWith(directory + ": cannot be read");
  }

  @Test
  void otherEncodingsAreNamed() throws IOException {
    Path latin = Files.write(directory.resolve("latin.csv"), "name,b\nJosé,1\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Cells.read(latin, Cells.Layout.HEADER)).isInstanceOf(DataException.class)
        .hasMessage("latin.csv: is not UTF-8 text; save it as CSV in UTF-8");
  }

  @Test
  void anOpenQuoteIsNamed() {
    assertThatThrownBy(() -> cells("a,b\n1,\"x\n2,y\n")).isInstanceOf(DataException.class)
        .hasMessageStartingWith("people.csv: line ").hasMessageEndingWith("; check that every quote is closed");
  }

  @Test
  void repeatedAndEmptyNamesAndByteOrderMarksAreTakenCareOf() throws IOException {
    Cells cells = cells("\uFEFFa,b,a,,a\n1,2,3,4,5\n");
    assertThat(cells.names()).containsExactly("a", "b", "a.2", "column 4", "a.3");
    assertThat(cells.column("a")).containsExactly("1");
    assertThatThrownBy(() -> cells.requireOne("a")).isInstanceOf(DataException.class)
        .hasMessage("people.csv: several columns are named 'a'; give them different names");
  }

  @Test
  void semicolonsAndTabsAreRecognised() throws IOException {
    assertThat(cells("a;b,c;d\n1;2;3\n").names()).containsExactly("a", "b,c", "d");
    assertThat(cells("a\tb\n1\t2\n").column("b")).containsExactly("2");
  }

  @Test
  void missingColumnsComeWithTheNearestName() throws IOException {
    Table table = new Table("people.csv", List.of(cells("age,sex\n1,F\n").inferred("age")));
    assertThatThrownBy(() -> table.column("agee")).isInstanceOf(DataException.class)
        .hasMessage("people.csv: there is no column 'agee'; did you mean 'age'? columns: age");
    assertThatThrownBy(() -> table.column("income")).isInstanceOf(DataException.class)
        .hasMessage("people.csv: there is no column 'income'; columns: age");
    assertThatThrownBy(() -> table.categorical("age")).isInstanceOf(DataException.class)
        .hasMessageContaining("column age has numbers, not categories");
  }

  @Test
  void selectedRowsKeepOnlyTheirLevels() {
    Table table = new Table("t", List.of(Table.Categorical.of("c", List.of("z", "a", "", "m")),
        new Table.Numeric("n", new double[]{1, 2, 3, 4})));
    Table chosen = table.select(new int[]{3, 2, 0});
    assertThat(chosen.categorical("c").levels()).containsExactly("m", "z");
    assertThat(chosen.categorical("c").codes()).containsExactly(0, -1, 1);
    assertThat(chosen.numeric("n").values()).containsExactly(4, 3, 1);
    assertThat(table.filter(row -> row > 1).rows()).isEqualTo(2);
    assertThat(table.without(List.of("n")).names()).containsExactly("c");
    assertThat(table.with(new Table.Numeric("n", new double[4])).numeric("n").values()).containsExactly(0, 0, 0, 0);
  }

  @Test
  void filesAreJoinedByColumnName() throws IOException {
    Cells first = cells("a,b\n1,x\n");
    Path second = Files.writeString(directory.resolve("test.csv"), "c,b,a\n9,y,oops\n");
    Cells joined = first.append(Cells.read(second, Cells.Layout.HEADER));
    assertThat(joined.column("b")).containsExactly("x", "y");
    assertThatThrownBy(() -> joined.numeric("a")).hasMessageContaining("test.csv: line 2, column a: 'oops'");
    Path third = Files.writeString(directory.resolve("third.csv"), "a\n1\n");
    assertThatThrownBy(() -> first.append(Cells.read(third, Cells.Layout.HEADER))).isInstanceOf(DataException.class)
        .hasMessageContaining("third.csv: there is no column 'b'").hasMessageEndingWith("all columns of people.csv");
  }

  @Test
  void givenNamesAndCommentsAreKept() throws IOException {
    Path file = Files.writeString(directory.resolve("adult.test"), "|1x3 Cross validator\n1, a.\n\n2, b.\n");
    Cells cells = Cells.read(file, new Cells.Layout(Optional.of(','), List.of("n", "c"), Optional.of('|')));
    assertThat(cells.column("c")).containsExactly("a.", "b.");
    assertThat(cells.place(1, "n")).isEqualTo("adult.test: line 4, column n");
  }
}
