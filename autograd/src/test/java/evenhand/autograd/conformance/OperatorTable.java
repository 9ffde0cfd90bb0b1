package evenhand.autograd.conformance;

import evenhand.autograd.Var;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** PyTorch's operators by name. */
final class OperatorTable {
  private final Map<String, OpRunner> runners = new HashMap<>();

  /** The table of all operators. */
  static OperatorTable all() {
    OperatorTable table = new OperatorTable();
    ArithmeticOperators.fill(table);
    ShapeOperators.fill(table);
    NetworkOperators.fill(table);
    return table;
  }

  Optional<OpRunner> find(String name) {
    return Optional.ofNullable(runners.get(name));
  }

  void add(String name, OpRunner runner) {
    if (runners.put(name, runner) != null) {
      throw new AssertionError(name + " is there twice");
    }
  }

  /** An operator with one output. */
  void one(String name, Function<Arguments, Var> function) {
    add(name, arguments -> List.of(function.apply(arguments)));
  }

  /** A function of one float tensor. */
  void unary(String name, UnaryOperator<Var> function) {
    one(name, arguments -> {
      arguments.ignore("inplace");
      return function.apply(arguments.real(0, "input"));
    });
  }

  /** A function of two tensors or numbers. */
  void binary(String name, BinaryOperator<Var> function) {
    one(name, arguments -> function.apply(arguments.real(0, "input"), arguments.real(1, "other")));
  }
}
