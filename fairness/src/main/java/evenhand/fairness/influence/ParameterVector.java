package evenhand.fairness.influence;

import evenhand.autograd.Var;
import evenhand.tensor.Device;
import evenhand.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Parameters as one vector of doubles, in their order and each row by row.
 *
 * @param list at least one
 */
record ParameterVector(List<Var> list) {
  /** Checks that there are parameters. */
  ParameterVector {
    list = List.copyOf(list);
    if (list.isEmpty()) {
      throw new IllegalArgumentException("influence: the model has no parameters to move; give at least one");
    }
  }

  int size() {
    return list.stream().mapToInt(parameter -> parameter.shape().size()).sum();
  }

  Device device() {
    return list.getFirst().device();
  }

  /** Their values. */
  double[] values() {
    return flat(list.stream().map(Var::value).toList());
  }

  /** Writes values into the parameters, rounded to float32. */
  void write(double[] values) {
    List<Tensor> parts = split(values);
    for (int i = 0; i < parts.size(); i++) {
      list.get(i).value().copyFrom(parts.get(i));
    }
  }

  /** Tensors of the parameters' shapes, as one vector. */
  double[] flat(List<Tensor> parts) {
    double[] all = new double[size()];
    int at = 0;
    for (Tensor part : parts) {
      for (float value : part.toFloats()) {
        all[at++] = value;
      }
    }
    return all;
  }

  /** A vector as tensors of the parameters' shapes. */
  List<Tensor> split(double[] all) {
    if (all.length != size()) {
      throw new IllegalArgumentException("influence: a vector of " + all.length + " numbers for " + size()
          + " parameters");
    }
    List<Tensor> parts = new ArrayList<>(list.size());
    int at = 0;
    for (Var parameter : list) {
      float[] part = new float[parameter.shape().size()];
      for (int i = 0; i < part.length; i++) {
        part[i] = (float) all[at++];
      }
      parts.add(device().tensor(part, parameter.shape().dims()));
    }
    return parts;
  }
}
