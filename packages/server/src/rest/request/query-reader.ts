import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { type Fields, fieldsOf, type MessageField, messageIn, setField } from '../json/message-fields.ts';
import { isConfidential } from '../json/names.ts';
import { describeProblem, ValueError } from '../json/problem.ts';
import { invalid } from '../rest-error.ts';
import { checkOneof, isEnterable } from './field-path.ts';
import { forEachParameter } from './split-query.ts';
import { type ReadText, textValueReader } from './text-value.ts';

/** How a query is read. */
export interface QueryOptions {
  /** Whether parameters that name no field are errors. */
  readonly refuseUnknown: boolean;
  /** Parameters at most. */
  readonly maxParameters: number;
  /** Parts of a dotted name at most. */
  readonly maxDepth: number;
}

/** Fills a request from a query. @throws RestError */
export type ReadQuery = (query: string, request: Message) => void;

interface Entry {
  readonly field: DescField;
  /** As in the proto file, from the request on: `sub.subfield`. */
  readonly path: string;
  /** The messages on the way to it. */
  readonly through: readonly MessageField[];
  readonly confidential: boolean;
  /** `undefined` where the field has no form as a text. */
  readonly read: ReadText | undefined;
}

const MAX_SHOWN = 64;

/**
 * Makes the reader of a request's query.
 *
 * @param elsewhere - paths (`book.id`) of fields that the URL's path or the body fill
 */
export function queryReader(
  input: DescMessage,
  elsewhere: readonly string[],
  options: QueryOptions,
): ReadQuery {
  const { refuseUnknown, maxParameters, maxDepth } = options;
  const taken = new Set(elsewhere);
  const entryOf = (field: DescField, through: readonly MessageField[]): Entry => ({
    field,
    path: [...through, field].map((step) => step.name).join('.'),
    through,
    confidential: [...through, field].some(isConfidential),
    read: field.fieldKind === 'map' ? undefined : textValueReader(field, refuseUnknown),
  });
  const own = new Map<string, Entry>();
  for (const field of input.fields) {
    if (!taken.has(field.name)) {
      const entry = entryOf(field, []);
      own.set(field.name, entry).set(field.jsonName, entry);
    }
  }

  /** The field of a dotted name; `undefined` when there is none, or none for queries. */
  const nested = (name: string): Entry | undefined => {
    const names = name.split('.', maxDepth + 1);
    if (names.length > maxDepth) {
      throw invalid(`the query parameter ${name.slice(0, MAX_SHOWN)}… has more than ${maxDepth} parts`, {
        reason: 'TOO_DEEP',
      });
    }
    const through: MessageField[] = [];
    let message = input;
    let path = '';
    for (const [index, part] of names.entries()) {
      const field = message.fields.find(
        (candidate) => candidate.name === part || candidate.jsonName === part,
      );
      path = path === '' ? (field?.name ?? '') : `${path}.${field?.name}`;
      if (field === undefined || taken.has(path)) {
        return undefined;
      }
      if (index === names.length - 1) {
        return entryOf(field, through);
      }
      if (!isEnterable(field)) {
        // A part of a list or map is refused for that, not for its name.
        const several =
          field.fieldKind === 'map' || (field.fieldKind === 'list' && field.message !== undefined);
        return several ? { ...entryOf(field, through), read: undefined } : undefined;
      }
      through.push(field);
      message = field.message;
    }
    return undefined;
  };

  return (query, request) => {
    /** Paths of single fields that were given, to find those that are given again. */
    const given = new Set<string>();
    forEachParameter(query, maxParameters, (name, text) => {
      const entry = own.get(name) ?? (name.includes('.') ? nested(name) : undefined);
      if (entry !== undefined) {
        store(entry, text, request, given);
      } else if (refuseUnknown) {
        const shown = name.slice(0, MAX_SHOWN);
        throw invalid(`the query parameter ${JSON.stringify(shown)} names no field of the request`, {
          field: shown,
          reason: 'UNKNOWN_FIELD',
        });
      }
    });
  };
}

function store(entry: Entry, text: string, request: Message, given: Set<string>): void {
  const { field, path, through, read } = entry;
  if (read === undefined) {
    throw invalid(`${path}: ${unsupported(field)}`, { field: path, reason: 'UNSUPPORTED_IN_QUERY' });
  }
  try {
    let holder: Fields = fieldsOf(request);
    for (const step of through) {
      checkOneof(holder, step);
      holder = fieldsOf(messageIn(holder, step));
    }
    if (field.fieldKind === 'list') {
      (holder[field.localName] as unknown[]).push(read(text));
      return;
    }
    if (given.has(path)) {
      throw new ValueError('the parameter once', 'DUPLICATE_FIELD');
    }
    given.add(path);
    checkOneof(holder, field);
    setField(holder, field, read(text));
  } catch (reason) {
    if (!(reason instanceof ValueError)) {
      throw reason;
    }
    const { message, detail } = describeProblem(path, reason, text, entry.confidential);
    throw invalid(message, detail);
  }
}

function unsupported(field: DescField): string {
  if (field.fieldKind === 'map') {
    return 'a map cannot be given in a query';
  }
  return field.fieldKind === 'list'
    ? `a list of messages (${field.message?.typeName}) cannot be given in a query`
    : `a message (${field.message?.typeName}) cannot be given in a query as one value; name its fields`;
}
