package evenhand.tensor.cpu;

import static evenhand.tensor.cpu.VectorMath.FLOATS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Transposition of squares of 16 x 16 numbers in registers, where vectors have 16 lanes.
 *
 * <p>Four rounds, for d = 8, 4, 2, 1: rows i and i + d exchange those lanes whose number has the bit d in the one and not
 * in the other. So after all rounds row and lane have changed places.
 */
final class VectorTranspose {
  static final int SIDE = 16;
  static final boolean FITS = FLOATS.length() == SIDE;

  private static final VectorShuffle<Float> CROSS8 = cross(8);
  private static final VectorShuffle<Float> CROSS4 = cross(4);
  private static final VectorShuffle<Float> CROSS2 = cross(2);
  private static final VectorShuffle<Float> CROSS1 = cross(1);
  private static final VectorMask<Float> HIGH8 = high(8, true);
  private static final VectorMask<Float> LOW8 = high(8, false);
  private static final VectorMask<Float> HIGH4 = high(4, true);
  private static final VectorMask<Float> LOW4 = high(4, false);
  private static final VectorMask<Float> HIGH2 = high(2, true);
  private static final VectorMask<Float> LOW2 = high(2, false);
  private static final VectorMask<Float> HIGH1 = high(1, true);
  private static final VectorMask<Float> LOW1 = high(1, false);

  private VectorTranspose() {}

  private static VectorShuffle<Float> cross(int bit) {
    return VectorShuffle.fromOp(FLOATS, lane -> (lane ^ bit) % FLOATS.length());
  }

  private static VectorMask<Float> high(int bit, boolean set) {
    boolean[] lanes = new boolean[FLOATS.length()];
    for (int lane = 0; lane < lanes.length; lane++) {
      lanes[lane] = (lane & bit) != 0 == set;
    }
    return VectorMask.fromArray(FLOATS, lanes, 0);
  }

  /** {@code out[oo + k * ldo + i] = x[xo + i * ldx + k]} for i and k below 16. */
  static void square(float[] x, int xo, int ldx, float[] out, int oo, int ldo) {
    FloatVector r0 = FloatVector.fromArray(FLOATS, x, xo);
    FloatVector r1 = FloatVector.fromArray(FLOATS, x, xo + ldx);
    FloatVector r2 = FloatVector.fromArray(FLOATS, x, xo + 2 * ldx);
    FloatVector r3 = FloatVector.fromArray(FLOATS, x, xo + 3 * ldx);
    FloatVector r4 = FloatVector.fromArray(FLOATS, x, xo + 4 * ldx);
    FloatVector r5 = FloatVector.fromArray(FLOATS, x, xo + 5 * ldx);
    FloatVector r6 = FloatVector.fromArray(FLOATS, x, xo + 6 * ldx);
    FloatVector r7 = FloatVector.fromArray(FLOATS, x, xo + 7 * ldx);
    FloatVector r8 = FloatVector.fromArray(FLOATS, x, xo + 8 * ldx);
    FloatVector r9 = FloatVector.fromArray(FLOATS, x, xo + 9 * ldx);
    FloatVector ra = FloatVector.fromArray(FLOATS, x, xo + 10 * ldx);
    FloatVector rb = FloatVector.fromArray(FLOATS, x, xo + 11 * ldx);
    FloatVector rc = FloatVector.fromArray(FLOATS, x, xo + 12 * ldx);
    FloatVector rd = FloatVector.fromArray(FLOATS, x, xo + 13 * ldx);
    FloatVector re = FloatVector.fromArray(FLOATS, x, xo + 14 * ldx);
    FloatVector rf = FloatVector.fromArray(FLOATS, x, xo + 15 * ldx);
    FloatVector s0 = r0.blend(r8.rearrange(CROSS8), HIGH8);
    FloatVector s8 = r8.blend(r0.rearrange(CROSS8), LOW8);
    FloatVector s1 = r1.blend(r9.rearrange(CROSS8), HIGH8);
    FloatVector s9 = r9.blend(r1.rearrange(CROSS8), LOW8);
    FloatVector s2 = r2.blend(ra.rearrange(CROSS8), HIGH8);
    FloatVector sa = ra.blend(r2.rearrange(CROSS8), LOW8);
    FloatVector s3 = r3.blend(rb.rearrange(CROSS8), HIGH8);
    FloatVector sb = rb.blend(r3.rearrange(CROSS8), LOW8);
    FloatVector s4 = r4.blend(rc.rearrange(CROSS8), HIGH8);
    FloatVector sc = rc.blend(r4.rearrange(CROSS8), LOW8);
    FloatVector s5 = r5.blend(rd.rearrange(CROSS8), HIGH8);
    FloatVector sd = rd.blend(r5.rearrange(CROSS8), LOW8);
    FloatVector s6 = r6.blend(re.rearrange(CROSS8), HIGH8);
    FloatVector se = re.blend(r6.rearrange(CROSS8), LOW8);
    FloatVector s7 = r7.blend(rf.rearrange(CROSS8), HIGH8);
    FloatVector sf = rf.blend(r7.rearrange(CROSS8), LOW8);
    FloatVector t0 = s0.blend(s4.rearrange(CROSS4), HIGH4);
    FloatVector t4 = s4.blend(s0.rearrange(CROSS4), LOW4);
    FloatVector t1 = s1.blend(s5.rearrange(CROSS4), HIGH4);
    FloatVector t5 = s5.blend(s1.rearrange(CROSS4), LOW4);
    FloatVector t2 = s2.blend(s6.rearrange(CROSS4), HIGH4);
    FloatVector t6 = s6.blend(s2.rearrange(CROSS4), LOW4);
    FloatVector t3 = s3.blend(s7.rearrange(CROSS4), HIGH4);
    FloatVector t7 = s7.blend(s3.rearrange(CROSS4), LOW4);
    FloatVector t8 = s8.blend(sc.rearrange(CROSS4), HIGH4);
    FloatVector tc = sc.blend(s8.rearrange(CROSS4), LOW4);
    FloatVector t9 = s9.blend(sd.rearrange(CROSS4), HIGH4);
    FloatVector td = sd.blend(s9.rearrange(CROSS4), LOW4);
    FloatVector ta = sa.blend(se.rearrange(CROSS4), HIGH4);
    FloatVector te = se.blend(sa.rearrange(CROSS4), LOW4);
    FloatVector tb = sb.blend(sf.rearrange(CROSS4), HIGH4);
    FloatVector tf = sf.blend(sb.rearrange(CROSS4), LOW4);
    FloatVector u0 = t0.blend(t2.rearrange(CROSS2), HIGH2);
    FloatVector u2 = t2.blend(t0.rearrange(CROSS2), LOW2);
    FloatVector u1 = t1.blend(t3.rearrange(CROSS2), HIGH2);
    FloatVector u3 = t3.blend(t1.rearrange(CROSS2), LOW2);
    FloatVector u4 = t4.blend(t6.rearrange(CROSS2), HIGH2);
    FloatVector u6 = t6.blend(t4.rearrange(CROSS2), LOW2);
    FloatVector u5 = t5.blend(t7.rearrange(CROSS2), HIGH2);
    FloatVector u7 = t7.blend(t5.rearrange(CROSS2), LOW2);
    FloatVector u8 = t8.blend(ta.rearrange(CROSS2), HIGH2);
    FloatVector ua = ta.blend(t8.rearrange(CROSS2), LOW2);
    FloatVector u9 = t9.blend(tb.rearrange(CROSS2), HIGH2);
    FloatVector ub = tb.blend(t9.rearrange(CROSS2), LOW2);
    FloatVector uc = tc.blend(te.rearrange(CROSS2), HIGH2);
    FloatVector ue = te.blend(tc.rearrange(CROSS2), LOW2);
    FloatVector ud = td.blend(tf.rearrange(CROSS2), HIGH2);
    FloatVector uf = tf.blend(td.rearrange(CROSS2), LOW2);
    FloatVector v0 = u0.blend(u1.rearrange(CROSS1), HIGH1);
    FloatVector v1 = u1.blend(u0.rearrange(CROSS1), LOW1);
    FloatVector v2 = u2.blend(u3.rearrange(CROSS1), HIGH1);
    FloatVector v3 = u3.blend(u2.rearrange(CROSS1), LOW1);
    FloatVector v4 = u4.blend(u5.rearrange(CROSS1), HIGH1);
    FloatVector v5 = u5.blend(u4.rearrange(CROSS1), LOW1);
    FloatVector v6 = u6.blend(u7.rearrange(CROSS1), HIGH1);
    FloatVector v7 = u7.blend(u6.rearrange(CROSS1), LOW1);
    FloatVector v8 = u8.blend(u9.rearrange(CROSS1), HIGH1);
    FloatVector v9 = u9.blend(u8.rearrange(CROSS1), LOW1);
    FloatVector va = ua.blend(ub.rearrange(CROSS1), HIGH1);
    FloatVector vb = ub.blend(ua.rearrange(CROSS1), LOW1);
    FloatVector vc = uc.blend(ud.rearrange(CROSS1), HIGH1);
    FloatVector vd = ud.blend(uc.rearrange(CROSS1), LOW1);
    FloatVector ve = ue.blend(uf.rearrange(CROSS1), HIGH1);
    FloatVector vf = uf.blend(ue.rearrange(CROSS1), LOW1);
    v0.intoArray(out, oo);
    v1.intoArray(out, oo + ldo);
    v2.intoArray(out, oo + 2 * ldo);
    v3.intoArray(out, oo + 3 * ldo);
    v4.intoArray(out, oo + 4 * ldo);
    v5.intoArray(out, oo + 5 * ldo);
    v6.intoArray(out, oo + 6 * ldo);
    v7.intoArray(out, oo + 7 * ldo);
    v8.intoArray(out, oo + 8 * ldo);
    v9.intoArray(out, oo + 9 * ldo);
    va.intoArray(out, oo + 10 * ldo);
    vb.intoArray(out, oo + 11 * ldo);
    vc.intoArray(out, oo + 12 * ldo);
    vd.intoArray(out, oo + 13 * ldo);
    ve.intoArray(out, oo + 14 * ldo);
    vf.intoArray(out, oo + 15 * ldo);
  }
}
