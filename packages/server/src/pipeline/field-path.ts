import type { DescField, Message } from '@bufbuild/protobuf';
import { type Path, pathToString } from '@bufbuild/protobuf/reflect';
import { fieldsOf, valueIn } from './fields.ts';

/** Whether a step of a path leads to a field. */
export function isField(step: Path[number] | undefined): step is DescField {
  return step?.kind === 'field';
}

/** What is at a path in a message; `undefined` for nothing. */
export function valueAt(message: Message, path: Path): unknown {
  let value: unknown = message;
  for (const step of path) {
    if (value === undefined || value === null) {
      return undefined;
    }
    if (isField(step)) {
      value = valueIn(value as Message, step);
    } else if (step.kind === 'list_sub') {
      value = (value as unknown[])[step.index];
    } else if (step.kind === 'map_sub') {
      value = (value as Record<string, unknown>)[String(step.key)];
    } else if (step.kind === 'oneof') {
      value = (fieldsOf(value as Message)[step.localName] as { case?: string }).case;
    } else {
      return undefined;
    }
  }
  return value;
}

/**
 * A path for people: `seat_ids[1]`.
 *
 * @param isJson - whether fields go by the names that JSON has for them
 */
export function pathText(path: Path, isJson: boolean): string {
  if (!isJson) {
    return pathToString(path);
  }
  return path.reduce((text, step) => {
    const part = isField(step) ? step.jsonName : pathToString([step]);
    return text === '' || part.startsWith('[') ? `${text}${part}` : `${text}.${part}`;
  }, '');
}
