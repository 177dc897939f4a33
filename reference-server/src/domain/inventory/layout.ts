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
}

/** All seats of an event. */
export interface Layout {
  readonly sections: readonly SectionLayout[];
  /** ISO 4217. */
  readonly currency: string;
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
