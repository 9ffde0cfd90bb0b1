package evenhand.fairness.data;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is to be known about a data set before it is used.
 *
 * @param name as in {@code --data}
 * @param title one line
 * @param description what a row is, and what was done to the published file
 * @param rows number of rows after that
 * @param label the column to predict
 * @param positive the label's value that counts as 1; empty where there are more than two values
 * @param sensitive the sensitive columns taken by default
 * @param sensitiveInputs are the sensitive columns inputs of the model by default?
 * @param model the default model: {@code logistic}, {@code mlp:64,64} and the like
 * @param testFraction the default share of test rows
 * @param source where it comes from
 * @param licence under which terms
 * @param criticism what is known to be wrong with it
 * @param defaults settings of training and of methods that suit it: {@code batch}, {@code learning-rate},
 *     {@code epochs}, {@code epochs.TARGET} where a target has its own, {@code logit-scale} (the model's probability is
 *     sigmoid(scale * score)), {@code initial-scale} (standard deviation of the first weights), {@code target} where
 *     another than equal opportunity suits it, {@code METHOD.KEY}; {@code data.KEY} for what it was made with
 */
public record Card(String name, String title, String description, int rows, String label, String positive,
    List<String> sensitive, boolean sensitiveInputs, String model, double testFraction, String source, String licence,
    String criticism, Map<String, String> defaults) {

  /** Takes copies of the collections. */
  public Card {
    sensitive = List.copyOf(sensitive);
    defaults = Map.copyOf(defaults);
  }

  /** This card with more settings, or others in the place of some. */
  public Card with(Map<String, String> settings) {
    Map<String, String> all = new HashMap<>(defaults);
    all.putAll(settings);
    return new Card(name, title, description, rows, label, positive, sensitive, sensitiveInputs, model, testFraction,
        source, licence, criticism, all);
  }

  /** This card with other sensitive columns. */
  public Card withSensitive(List<String> columns) {
    return new Card(name, title, description, rows, label, positive, columns, sensitiveInputs, model, testFraction,
        source, licence, criticism, defaults);
  }

  /** This card with the sensitive columns as inputs of the model, or not. */
  public Card withSensitiveInputs(boolean inputs) {
    return new Card(name, title, description, rows, label, positive, sensitive, inputs, model, testFraction, source,
        licence, criticism, defaults);
  }
}
