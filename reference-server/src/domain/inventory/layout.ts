/** How the seats of a row are numbered. */
export type Numbering =
  | {
      readonly kind: 'range';
      readonly first: number;
      readonly count: number;
      /** From one number to the next, at least 1. */
      readonly step: number;
    }
  | { readonly kind: 'list'; readonly numbers: readonly string[] };

/** Neighbouring seats. A seat's id is the row's prefix followed by its number: `A-` and 12 make `A-12`. */
export interface RowLayout {
  /** Name of the row as its sign reads; empty in general admission. */
  readonly name: string;
  readonly prefix: string;
  readonly numbering: Numbering;
  /** Price of each seat, in the smallest unit of the event's currency. */
  readonly price: number;
}

/** Rows that are sold under one name. An area without seats is one row of places. */
export interface SectionLayout {
  readonly id: string;
  readonly name: string;
  readonly rows: readonly RowLayout[];
  /** An area without seats: its one row is a number of places that are all alike. */
  readonly area?: boolean;
}

/** All seats of an event. */
export interface Layout {
  readonly sections: readonly SectionLayout[];
  /** ISO 4217. */
  readonly currency: string;
}

/** Whether two layouts have the same seats in the same order, whatever they cost and their sections are called. */
export function sameSeats(one: Layout, other: Layout): boolean {
  return same(
    one.sections,
    other.sections,
    (a, b) => a.id === b.id && (a.area === true) === (b.area === true) && same(a.rows, b.rows, sameRow),
  );
}

/** Whether two layouts are the same in everything, prices included. */
export function sameLayout(one: Layout, other: Layout): boolean {
  return (
    one === other ||
    (one.currency === other.currency &&
      sameSeats(one, other) &&
      same(
        one.sections,
        other.sections,
        (a, b) => a.name === b.name && same(a.rows, b.rows, (row, next) => row.price === next.price),
      ))
  );
}

function sameRow(one: RowLayout, other: RowLayout): boolean {
  return (
    one.name === other.name && one.prefix === other.prefix && sameNumbering(one.numbering, other.numbering)
  );
}

function sameNumbering(one: Numbering, other: Numbering): boolean {
  if (one.kind === 'list') {
    return other.kind === 'list' && same(one.numbers, other.numbers, (a, b) => a === b);
  }
  return (
    other.kind === 'range' &&
    one.first === other.first &&
    one.count === other.count &&
    one.step === other.step
  );
}

function same<T>(one: readonly T[], other: readonly T[], isSame: (a: T, b: T) => boolean): boolean {
  return (
    one === other || (one.length === other.length && one.every((value, at) => isSame(value, other[at] as T)))
  );
}

/** Seats in a row. */
export function seatCount(row: RowLayout): number {
  return row.numbering.kind === 'range' ? row.numbering.count : row.numbering.numbers.length;
}

/** Number of a row's seat, by its position in the row. */
export function seatNumber(row: RowLayout, position: number): string {
  const { numbering } = row;
  return numbering.kind === 'range'
    ? String(numbering.first + position * numbering.step)
    : (numbering.numbers[position] as string);
}
