package evenhand.fairness.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A command line that was run in this process. */
record Invocation(int code, String out, String err) {
  static Invocation of(Object... words) {
    String[] args = new String[words.length];
    for (int i = 0; i < args.length; i++) {
      args[i] = words[i].toString();
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(args, new PrintWriter(out), new PrintWriter(err));
    return new Invocation(code, out.toString(), err.toString());
  }

  /** The same with the words in one line. */
  static Invocation line(String line) {
    return of((Object[]) line.split(" "));
  }

  JsonNode json() {
    return json(out);
  }

  static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A CSV file of 60 rows: label hired (yes, no), sex (F, M), age a number; F are hired less often. */
  static Path people(Path directory) {
    StringBuilder text = new StringBuilder("id,age,sex,hired\n");
    for (int row = 0; row < 60; row++) {
      boolean male = row % 2 == 0;
      int age = 20 + row * 7 % 40;
      boolean hired = male ? age > 30 : age > 45;
      text.append("p%d,%d,%s,%s%n".formatted(row, age, male ? "M" : "F", hired ? "yes" : "no"));
    }
    return write(directory.resolve("people.csv"), text.toString());
  }

  static Path write(Path file, String text) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
