/** Milliseconds that timers of Node can wait, 24 days; they fire at once for more. */
export const MAX_TIMER: number = 2 ** 31 - 1;
