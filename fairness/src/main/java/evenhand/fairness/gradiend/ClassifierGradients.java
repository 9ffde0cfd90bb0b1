package evenhand.fairness.gradiend;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Layer;
import evenhand.autograd.nn.Losses;
import evenhand.tensor.Device;
import java.util.List;
import java.util.Map;

/**
 * A classifier whose rows have counterfactual rows: the same person of the other group, say.
 *
 * <p>The label stands for the word: g+ is the gradient of the loss on the row as it is, g- on its counterfactual row or
 * with the counterfactual label.
 *
 * @param model one logit for labels 0 and 1, or as many as there are labels
 * @param device where rows are put
 */
public record ClassifierGradients(Layer model, Device device) implements GradientProvider<ClassifierGradients.Row> {
  /**
   * A row and its counterfactual.
   *
   * @param features inputs of the model
   * @param label from 0
   * @param counterfactual inputs of the row it is compared with, as many
   * @param counterfactualLabel its label
   */
  public record Row(float[] features, int label, float[] counterfactual, int counterfactualLabel) {
    /** Checks that both have as many inputs. */
    public Row {
      if (features.length != counterfactual.length) {
        throw new IllegalArgumentException("gradiend: a row has " + features.length + " features, its counterfactual "
            + counterfactual.length + "; encode both alike");
      }
    }
  }

  @Override
  public Map<String, Var> parameters() {
    return model.parameters();
  }

  @Override
  public LossPair losses(List<Row> rows) {
    return new LossPair(loss(rows, true), loss(rows, false));
  }

  private Var loss(List<Row> rows, boolean factual) {
    int columns = rows.getFirst().features().length;
    float[] inputs = new float[rows.size() * columns];
    int[] labels = new int[rows.size()];
    for (int row = 0; row < labels.length; row++) {
      Row own = rows.get(row);
      System.arraycopy(factual ? own.features() : own.counterfactual(), 0, inputs, row * columns, columns);
      labels[row] = factual ? own.label() : own.counterfactualLabel();
    }
    Var logits = model.forward(Var.of(device.tensor(inputs, labels.length, columns)));
    Var wanted = Var.of(device.tensor(labels));
    return logits.shape().dim(1) == 1
        ? Losses.binaryCrossEntropyWithLogits(logits.reshape(labels.length), wanted)
        : Losses.crossEntropy(logits, wanted);
  }
}
