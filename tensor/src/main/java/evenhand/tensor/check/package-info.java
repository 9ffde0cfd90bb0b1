/**
 * A device checked where it is: does it agree with the reference device, and how fast is it?
 *
 * <p>For machines that the project's tests have not run on. {@link evenhand.tensor.check.DeviceCheck} runs the work that
 * {@code Probe} lists. It is less than {@code BackendContract} of the tests, which has closed forms, views and special
 * values, but it needs nothing but the program.
 */
package evenhand.tensor.check;
