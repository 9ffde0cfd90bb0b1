/**
 * The two CPU devices: {@link evenhand.tensor.cpu.ReferenceBackend}, plain loops, the definition of right; and the fast
 * one that users get.
 */
package evenhand.tensor.cpu;
