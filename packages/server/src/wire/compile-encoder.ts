import { type DescField, type DescMessage, type Message, ScalarType } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence as Presence } from '@bufbuild/protobuf/wkt';
import { generated, quoted } from './generated.ts';
import type { WireOutput } from './output.ts';
import {
  LENGTH_DELIMITED,
  mapKeyOf,
  NotPlain,
  notPlain,
  scalarWriter,
  tagOf,
  wireType,
} from './scalar-writers.ts';

type Encode = (message: Message, reserve: number) => Uint8Array;

/** The most bytes of a tag. */
const TAG = 5;

/** What the code of an encoder needs. It is found while the code is written. */
interface Needs {
  readonly types: DescMessage[];
  readonly scalars: Set<ScalarType>;
}

/**
 * Makes the code of an encoder: a function for each type of message that is in one of the type, all in one piece, so
 * that V8 knows what it meets in each. Undefined where no code may be made.
 *
 * @param otherwise - encodes what is not plain
 */
export function compileEncoder(desc: DescMessage, out: WireOutput, otherwise: Encode): Encode | undefined {
  const needs: Needs = { types: [desc], scalars: new Set() };
  const functions: string[] = [];
  for (let index = 0; index < needs.types.length; index++) {
    functions.push(messageSource(index, needs));
  }
  // Names are written out, though they could be passed: V8 shares what it learns among code of equal text.
  const names = needs.types
    .map(({ typeName }, index) => `const type${index} = ${quoted(typeName)};\n`)
    .join('');
  const scalars = [...needs.scalars].map((type) => `const scalar${type} = scalarWriter(${type});\n`).join('');
  const source = `${names}${scalars}${functions.join('')}
return (message, reserve) => {
  if (message.$typeName === type0 && !out.isBusy) {
    try {
      return out.take(write0(out.start(reserve), message));
    } catch (reason) {
      out.drop();
      if (!(reason instanceof NotPlain)) throw reason;
    }
  }
  return otherwise(message, reserve);
};`;
  return generated(source, { out, otherwise, NotPlain, notPlain, mapKeyOf, scalarWriter });
}

/**
 * `write0(at, message)`: writes the fields of a message, and gives back where they end. In it, `b` are the bytes that
 * are written to, and `v` is the value that is written.
 */
function messageSource(index: number, needs: Needs): string {
  const fields = (needs.types[index] as DescMessage).fields.toSorted((a, b) => a.number - b.number);
  return `function write${index}(at, message) {
let b, v;
${fields.map((field) => fieldSource(field, needs)).join('')}
v = message.$unknown;
return v === undefined ? at : out.unknown(at, v);
}
`;
}

function fieldSource(field: DescField, needs: Needs): string {
  if (field.fieldKind === 'list') {
    return listSource(field, needs);
  }
  if (field.fieldKind === 'map') {
    return mapSource(field, needs);
  }
  const name = quoted(field.localName);
  const write = valueSource(field.number, typeOf(field), needs);
  if (field.oneof !== undefined) {
    return `v = message[${quoted(field.oneof.localName)}];
if (v.case === ${name}) { v = v.value; ${write} }
`;
  }
  return `v = message[${name}];
if (${isSetSource(field, name)}) { ${write} }
`;
}

function isSetSource(field: Field<'scalar' | 'enum' | 'message'>, name: string): string {
  if (field.fieldKind === 'message') {
    return 'v !== undefined';
  }
  if (field.presence !== Presence.IMPLICIT) {
    // Defaults are on the prototype.
    return `v !== undefined && Object.hasOwn(message, ${name})`;
  }
  if (field.fieldKind === 'enum') {
    return `v !== ${quoted(field.enum.values[0]?.number ?? 0)}`;
  }
  switch (field.scalar) {
    case ScalarType.BYTES:
      return '!(v instanceof Uint8Array) || v.length > 0';
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      // Minus zero is not the default.
      return '!Object.is(v, 0)';
    case ScalarType.STRING:
      return "v !== ''";
    case ScalarType.BOOL:
      return 'v !== false';
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 'v !== 0n';
    default:
      return 'v !== 0';
  }
}

type Field<K> = Extract<DescField, { fieldKind: K }>;

/** Enums are written as numbers. */
function typeOf(field: DescField): DescMessage | ScalarType {
  return field.message ?? field.scalar ?? ScalarType.INT32;
}

function listSource(field: Field<'list'>, needs: Needs): string {
  const { localName, number } = field;
  const loop = (write: string): string => `for (let i = 0; i < items.length; i++) { v = items[i]; ${write} }`;
  const list = `const items = message[${quoted(localName)}];`;
  if (field.listKind !== 'message' && field.packed) {
    const write = scalarSource(field.scalar ?? ScalarType.INT32, needs);
    return `{ ${list}
if (items.length > 0) { ${lengthDelimited(number, loop(write))} }
}
`;
  }
  return `{ ${list}
${loop(valueSource(number, typeOf(field), needs))}
}
`;
}

function mapSource(field: Field<'map'>, needs: Needs): string {
  const { localName, number, mapKey } = field;
  const entry = `v = keyOf(key);
${valueSource(1, mapKey, needs)}
v = entries[key];
${valueSource(2, typeOf(field), needs)}`;
  return `{ const entries = message[${quoted(localName)}], keyOf = mapKeyOf(${quoted(mapKey)});
for (const key of Object.keys(entries)) { ${lengthDelimited(number, entry)} }
}
`;
}

/** Writes `v` with its tag. */
function valueSource(number: number, type: DescMessage | ScalarType, needs: Needs): string {
  if (typeof type === 'number') {
    return `${tagSource(tagOf(number, wireType(type)))} ${scalarSource(type, needs)}`;
  }
  const { types } = needs;
  if (!types.includes(type)) {
    types.push(type);
  }
  const index = types.indexOf(type);
  return `if (v?.$typeName !== type${index}) throw notPlain;
${lengthDelimited(number, `at = write${index}(at, v);`)}`;
}

/** Writes `v` without a tag. */
function scalarSource(type: ScalarType, { scalars }: Needs): string {
  scalars.add(type);
  return `at = scalar${type}(out, at, v);`;
}

/** Writes something with its tag and its length. */
function lengthDelimited(number: number, write: string): string {
  return `{ ${tagSource(tagOf(number, LENGTH_DELIMITED))}
const start = ++at;
${write}
at = out.close(start, at); }`;
}

/** Writes a tag. There is room for one more byte then. */
function tagSource(tag: number): string {
  const bytes: number[] = [];
  for (let rest = tag; rest > 0; rest >>>= 7) {
    bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
  }
  return `b = out.room(at, ${TAG + 1}); ${bytes.map((byte) => `b[at++] = ${byte};`).join(' ')}`;
}
