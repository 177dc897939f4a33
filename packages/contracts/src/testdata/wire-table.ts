import { readFileSync } from 'node:fs';
import { ownFiles } from './contract.ts';
import { placeOf, show, type WireFact, wireFacts } from './wire.ts';

/** One line of a table of wire facts. */
export interface TableLine {
  /** `file:line`, for messages. */
  readonly where: string;
  readonly fact: WireFact;
}

const HEADER = ['kind', 'file', 'of', 'number', 'name_or_request', 'type_or_response'].join('\t');
const found = new Map(ownFiles.flatMap(wireFacts).map((fact) => [placeOf(fact), fact]));

/** Reads a table that stands beside this file. */
export function readTable(name: string): TableLine[] {
  const text = readFileSync(new URL(name, import.meta.url), 'utf8');
  const [header, ...lines] = text.replace(/\n$/, '').split('\n');
  if (header !== HEADER) {
    throw new Error(`${name}:1: found ${header}, expected ${HEADER}`);
  }
  return lines.map((line, index) => {
    const where = `${name}:${index + 2}`;
    const [kind, file, of, number, fieldName, type, ...rest] = line.split('\t');
    if (
      (kind !== 'rpc' && kind !== 'field' && kind !== 'enum') ||
      file === undefined ||
      of === undefined ||
      number === undefined ||
      fieldName === undefined ||
      type === undefined ||
      rest.length > 0
    ) {
      throw new Error(`${where}: found ${line}, expected six columns, the first of them rpc, field or enum`);
    }
    return { where, fact: { kind, file, of, number, name: fieldName, type } };
  });
}

/** The lines of a table that the contracts do not bear out, each with what is there instead. */
export function mismatches(table: readonly TableLine[]): string[] {
  return table.flatMap(({ where, fact }) => {
    const actual = found.get(placeOf(fact));
    const is = actual === undefined ? 'nothing there' : show(actual);
    return is === show(fact) ? [] : [`${where}: expected ${show(fact)}, found ${is}`];
  });
}
