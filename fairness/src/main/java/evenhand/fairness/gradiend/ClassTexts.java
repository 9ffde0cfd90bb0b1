package evenhand.fairness.gradiend;

import evenhand.tensor.Rng;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Texts of two classes and neutral ones, dealt out to {@link Part}s. */
public interface ClassTexts {
  /** Names of the classes; the first has label +1, the second -1. */
  List<String> classes();

  /** So many texts of a class, or as many as there are. */
  List<SlotText> texts(Part part, int label, int count, Rng rng);

  /** So many neutral sentences, or as many as there are. */
  List<String> neutral(Part part, int count, Rng rng);

  /** So many texts of selection or report whose gap tells no class; none where there is no such thing. */
  default List<SlotText> neutralPrompts(Part part, int count, Rng rng) {
    return List.of();
  }

  /** So many texts of a class with words at the gap that are not trained on; none where there are no others. */
  default List<SlotText> otherWords(Part part, int label, int count, Rng rng) {
    return List.of();
  }

  /**
   * Training, validation, test and neutral rows for a model.
   *
   * @param training texts of each class to draw from
   * @param validation of each class
   * @param test of each class
   * @throws IllegalArgumentException if a class has no text, or none that can be used with the tokenizer
   */
  default FeatureData<SlotRow> data(SlotEncoder encoder, int training, int validation, int test, Rng rng) {
    List<SlotRow> first = rows(encoder, Part.TRAIN, 1, training, rng.split("train first"));
    List<SlotRow> second = rows(encoder, Part.TRAIN, -1, training, rng.split("train second"));
    return new FeatureData<>(classes(), (label, count, draw) -> drawn(label > 0 ? first : second, count, draw),
        labelled(rows(encoder, Part.VALIDATE, validation, rng.split("validation"))),
        labelled(rows(encoder, Part.REPORT, test, rng.split("test"))),
        new FeatureData.Neutral<>(neutralRows(encoder, Part.TRAIN, training, rng.split("identity")),
            neutralRows(encoder, Part.REPORT, test, rng.split("neutral"))));
  }

  private static List<SlotRow> drawn(List<SlotRow> rows, int count, Rng rng) {
    List<SlotRow> out = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      out.add(rows.get(rng.nextInt(rows.size())));
    }
    return out;
  }

  private List<SlotRow> rows(SlotEncoder encoder, Part part, int label, int count, Rng rng) {
    return encoder.encodeSome(part.word() + " texts of class '" + classes().get(label > 0 ? 0 : 1) + "'",
        texts(part, label, count, rng));
  }

  /** Rows of both classes. */
  default List<SlotRow> rows(SlotEncoder encoder, Part part, int perClass, Rng rng) {
    return Stream.of(1, -1).flatMap(label -> rows(encoder, part, label, perClass, rng.split(label)).stream()).toList();
  }

  /** Rows with their labels. */
  static List<FeatureData.Labelled<SlotRow>> labelled(List<SlotRow> rows) {
    return rows.stream().map(row -> new FeatureData.Labelled<>(row, row.label())).toList();
  }

  private List<SlotRow> neutralRows(SlotEncoder encoder, Part part, int count, Rng rng) {
    Rng positions = rng.split("positions");
    return neutral(part, count, rng).stream().map(sentence -> encoder.neutral(sentence, positions))
        .flatMap(Optional::stream).toList();
  }
}
