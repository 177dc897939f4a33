/**
 * A question whether something answers in time. Never rejects: what throws does not answer.
 *
 * @param ask Asks it.
 * @param withinMs Milliseconds it has.
 */
export function probe(ask: () => Promise<unknown>, withinMs: number): () => Promise<boolean> {
  return async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), withinMs);
    });
    try {
      return await Promise.race([ask().then(() => true), late]);
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  };
}
