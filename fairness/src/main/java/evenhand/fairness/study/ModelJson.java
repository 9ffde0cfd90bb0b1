package evenhand.fairness.study;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import evenhand.fairness.algorithms.Curve;
import evenhand.fairness.algorithms.Trajectory;
import evenhand.fairness.metrics.Measured;
import evenhand.fairness.metrics.ParityReport;

/** What looks into a model and its training show, as JSON. */
final class ModelJson {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private ModelJson() {}

  /** Parity by layer and pair, and how well it stands for ablation. */
  static ObjectNode of(ParityReport report) {
    ObjectNode root = NODES.objectNode();
    ArrayNode pairs = root.putArray("pairs");
    for (ParityReport.Pair pair : report.pairs()) {
      ObjectNode node = pairs.addObject();
      node.put("layer", pair.layer()).put("units", pair.units()).put("over", pair.over());
      node.putArray("groups").add(pair.a()).add(pair.b());
      node.set("parity", StudyJson.of(pair.parity()));
      node.set("ablated", StudyJson.of(pair.ablated()));
      ArrayNode apart = node.putArray("apart");
      pair.apart().forEach(unit -> apart.addObject().put("unit", unit.number()).put("a", unit.a()).put("b", unit.b()));
    }
    ArrayNode checks = root.putArray("ablation");
    for (ParityReport.Check check : report.checks()) {
      ObjectNode node = checks.addObject();
      node.put("layer", check.layer()).put("over", check.over()).put("group", check.group());
      node.set("rank_correlation", StudyJson.of(check.rankCorrelation()));
    }
    report.undetermined().forEach(root.putArray("undetermined")::add);
    return root;
  }

  /** Its points and what they are. */
  static ObjectNode of(Curve curve) {
    ObjectNode root = NODES.objectNode();
    root.put("quantity", curve.quantity()).put("line", curve.line()).put("over", curve.over());
    curve.x().forEach(root.putArray("x")::add);
    curve.y().forEach(root.putArray("y")::add);
    return root;
  }

  /** The epochs, and which was kept. */
  static ObjectNode of(Trajectory trajectory) {
    ObjectNode root = NODES.objectNode();
    trajectory.layers().forEach(root.putArray("layers")::add);
    root.put("chosen", trajectory.chosen());
    ArrayNode epochs = root.putArray("epochs");
    for (Trajectory.Epoch epoch : trajectory.epochs()) {
      ObjectNode node = epochs.addObject();
      node.put("epoch", epoch.number()).put("loss", epoch.loss());
      StudyJson.put(node, "average_precision", epoch.averagePrecision().value());
      StudyJson.put(node, "soft_gap", epoch.softGap().value());
      ArrayNode parity = node.putArray("parity");
      for (Measured score : epoch.parity()) {
        score.value().ifPresentOrElse(parity::add, parity::addNull);
      }
    }
    return root;
  }
}
