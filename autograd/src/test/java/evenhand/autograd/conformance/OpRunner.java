package evenhand.autograd.conformance;

import evenhand.autograd.Var;
import java.util.List;

/** An operator of PyTorch in terms of ours: from the arguments of a call to its outputs. */
@FunctionalInterface
interface OpRunner {
  List<Var> run(Arguments arguments);
}
