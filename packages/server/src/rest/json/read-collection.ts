import { type DescField, ScalarType } from '@bufbuild/protobuf';
import { type Fields, isNullValue, setOwn } from './message-fields.ts';
import { ValueError } from './problem.ts';
import type { ReadJson } from './read-context.ts';
import { unknownEnum } from './read-enum.ts';
import { scalarReader } from './read-scalar.ts';

/** Reads a list of values. */
export function listReader(field: DescField, read: ReadJson): ReadJson {
  const itemTakesNull = takesNull(field);
  return (json, context) => {
    if (!Array.isArray(json)) {
      throw new ValueError('a list');
    }
    const items: unknown[] = [];
    const { path } = context;
    const last = path.push(0) - 1;
    for (let index = 0; index < json.length; index++) {
      path[last] = index;
      context.found = json[index];
      if (json[index] === null && !itemTakesNull) {
        throw new ValueError('a value');
      }
      const item = read(json[index], context);
      if (item !== unknownEnum) {
        items.push(item);
      }
    }
    path.pop();
    return items;
  };
}

/** Reads the entries of a map. */
export function mapReader(field: DescField & { fieldKind: 'map' }, read: ReadJson): ReadJson {
  const readKey = keyReader(field.mapKey);
  const valueTakesNull = takesNull(field);
  return (json, context) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw new ValueError('an object');
    }
    const entries: Fields = {};
    for (const name of Object.keys(json)) {
      context.path.push(name);
      context.found = name;
      const key = readKey(name);
      if (Object.hasOwn(entries, key)) {
        throw new ValueError('each key once', 'DUPLICATE_FIELD');
      }
      const found = (json as Fields)[name];
      context.found = found;
      if (found === null && !valueTakesNull) {
        throw new ValueError('a value');
      }
      const entry = read(found, context);
      if (entry !== unknownEnum) {
        setOwn(entries, key, entry);
      }
      context.path.pop();
    }
    return entries;
  };
}

/** Keys as messages store them: as property names, and equal ones alike. */
function keyReader(type: ScalarType): (name: string) => string {
  if (type === ScalarType.STRING) {
    const read = scalarReader(type);
    return (name) => read(name) as string;
  }
  if (type === ScalarType.BOOL) {
    return (name) => {
      if (name !== 'true' && name !== 'false') {
        throw new ValueError('the key true or false');
      }
      return name;
    };
  }
  const read = scalarReader(type);
  return (name) => String(read(name));
}

/** Whether null is a value of a field, not its absence. */
export function takesNull(field: DescField): boolean {
  return field.message?.typeName === 'google.protobuf.Value' || isNullValue(field.enum);
}
