/** A number of things, for people: `1 hold`, `2 holds`. */
export function counted(count: number, one: string, several = `${one}s`): string {
  return `${count} ${count === 1 ? one : several}`;
}
