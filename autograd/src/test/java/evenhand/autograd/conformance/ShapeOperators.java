package evenhand.autograd.conformance;

import static evenhand.autograd.conformance.Arguments.KEYWORD;

import evenhand.autograd.Var;
import evenhand.autograd.nn.Padding;
import evenhand.tensor.DType;
import evenhand.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Views, joining, picking and padding. */
final class ShapeOperators {
  private ShapeOperators() {}

  static void fill(OperatorTable table) {
    views(table);
    table.one("cat", ShapeOperators::cat);
    table.one("stack", a -> Var.stack(a.integer(1, "dim", 0), sameType(a.tensorList(0, "tensors"))));
    table.add("split", ShapeOperators::split);
    table.one("gather", ShapeOperators::gather);
    table.one("index_select", ShapeOperators::indexSelect);
    table.one("scatter_add", ShapeOperators::scatterAdd);
    table.one("nn.functional.pad", ShapeOperators::pad);
  }

  private static void views(OperatorTable table) {
    table.one("expand", a -> {
      Var x = a.raw(0, "input");
      a.ignore("implicit");
      int[] target = a.rest(1, "size");
      int lead = target.length - x.shape().rank();
      for (int i = 0; i < target.length; i++) {
        target[i] = target[i] == -1 ? x.shape().dim(i - lead) : target[i];
      }
      return x.expand(Shape.of(target));
    });
    table.one("reshape", a -> a.raw(0, "input").reshape(a.rest(1, "shape")));
    table.one("permute", a -> a.raw(0, "input").permute(a.rest(1, "dims")));
    table.one("flip", a -> a.raw(0, "input").flip(a.rest(1, "dims")));
    table.one("transpose", a -> {
      Var x = a.raw(0, "input");
      int first = a.integer(1, "dim0");
      int second = a.integer(2, "dim1");
      return x.shape().rank() == 0 ? x : x.transpose(first, second);
    });
    table.one("unsqueeze", a -> a.raw(0, "input").unsqueeze(a.integer(1, "dim")));
    table.one("squeeze", a -> {
      Var x = a.raw(0, "input");
      int[] all = IntStream.range(0, x.shape().rank()).toArray();
      int[] axes = a.has(1, "dim") ? ArithmeticOperators.axes(x, a.rest(1, "dim")) : all;
      int[] gone = Arrays.stream(axes).filter(axis -> x.shape().dim(axis) == 1).toArray();
      return x.reshape(x.shape().reduced(gone, false));
    });
    table.one("narrow", a -> {
      Var x = a.raw(0, "input");
      int axis = a.integer(1, "dim");
      int start = a.integer(2, "start");
      int from = start < 0 ? start + x.shape().dim(axis) : start;
      return x.slice(axis, from, from + a.integer(3, "length"));
    });
  }

  /** If any is float32, all are. */
  private static List<Var> sameType(List<Var> parts) {
    boolean real = parts.stream().anyMatch(part -> part.value().dtype() == DType.FLOAT32);
    return real ? parts.stream().map(Var::toFloat).toList() : parts;
  }

  /** Empty vectors join with anything, as in PyTorch. */
  private static Var cat(Arguments a) {
    List<Var> parts = sameType(a.tensorList(0, "tensors"));
    List<Var> counted = parts.stream().filter(part -> !part.shape().equals(Shape.of(0))).toList();
    int axis = a.integer(1, "dim", 0);
    return counted.isEmpty() ? parts.getFirst() : Var.concat(axis, counted);
  }

  private static List<Var> split(Arguments a) {
    Var x = a.raw(0, "tensor");
    int axis = a.integer(2, "dim", 0);
    int length = x.shape().dim(axis);
    String name = a.has(KEYWORD, "split_size") ? "split_size" : "split_size_or_sections";
    int[] sizes = a.integers(1, name).orElseThrow(() -> new UnsupportedCase("argument " + name + " is missing"));
    if (!a.isList(1, name)) { // one size: equal pieces, the last one smaller
      int size = sizes[0];
      int pieces = length == 0 ? 1 : (length + size - 1) / size;
      sizes = IntStream.range(0, pieces).map(i -> Math.min(size, length - i * size)).toArray();
    }
    List<Var> parts = new ArrayList<>();
    int start = 0;
    for (int size : sizes) {
      parts.add(x.slice(axis, start, start + size));
      start += size;
    }
    return parts;
  }

  /** A scalar counts as a vector of one. */
  static Var vector(Var x) {
    return x.shape().rank() == 0 ? x.reshape(1) : x;
  }

  private static Var gather(Arguments a) {
    a.ignore("sparse_grad");
    Var x = a.raw(0, "input");
    Var index = a.raw(2, "index");
    int axis = a.integer(1, "dim");
    if (index.shape().size() == 0) {
      return Var.of(a.device().full(0, index.shape()));
    }
    return vector(x).gather(axis, vector(index)).reshape(index.shape());
  }

  private static Var indexSelect(Arguments a) {
    Var x = a.raw(0, "input");
    Var picked = vector(x).indexSelect(a.integer(1, "dim"), vector(a.raw(2, "index")));
    return x.shape().rank() == 0 ? picked.reshape(Shape.SCALAR) : picked;
  }

  private static Var scatterAdd(Arguments a) {
    Var x = a.real(0, "input");
    Var index = a.raw(2, "index");
    Var source = a.real(3, "src");
    int axis = a.integer(1, "dim");
    if (index.shape().size() == 0) {
      return x.plus(0);
    }
    return vector(x).scatterAdd(axis, vector(index), vector(source)).reshape(x.shape());
  }

  /** Pairs of the list are for the last axis first. */
  private static Var pad(Arguments a) {
    Var x = a.real(0, "input");
    int[] widths = a.integers(1, "pad").orElse(new int[0]);
    String mode = a.text(2, "mode", "constant");
    double fill = a.number(3, "value", 0);
    for (int i = 0; i < widths.length / 2; i++) {
      int before = widths[2 * i];
      int after = widths[2 * i + 1];
      x = switch (mode) {
        case "constant" -> x.pad(-1 - i, before, after, fill);
        case "reflect" -> Padding.REFLECT.apply(x, -1 - i, before, after);
        case "replicate" -> Padding.REPLICATE.apply(x, -1 - i, before, after);
        case "circular" -> Padding.CIRCULAR.apply(x, -1 - i, before, after);
        default -> throw new UnsupportedCase("mode " + mode + " of pad");
      };
    }
    return x;
  }
}
