/**
 * Starts calls at random times, so many a second on average (a Poisson process), whether or not earlier ones have been
 * answered: callers of a sale do not wait for each other.
 *
 * @param call - resolves with the milliseconds that it took
 * @returns the same, from when each call was due: waiting for a busy process counts
 */
export async function paced(perSecond: number, ms: number, call: () => Promise<number>): Promise<number[]> {
  const latencies: number[] = [];
  const running: Promise<void>[] = [];
  const begin = async (due: number): Promise<void> => {
    const late = performance.now() - due;
    latencies.push(late + (await call()));
  };
  const until = performance.now() + ms;
  let due = performance.now();
  while (due < until) {
    while (due <= performance.now() && due < until) {
      running.push(begin(due));
      due += (-Math.log(1 - Math.random()) * 1000) / perSecond;
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
  return latencies;
}
