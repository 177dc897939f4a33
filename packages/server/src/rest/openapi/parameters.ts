import type { DescField, DescMessage, DescMethod } from '@bufbuild/protobuf';
import { Idempotency, type Policy } from '@traffic-tacos/policy';
import { isEnterable, pathName, resolvePath } from '../request/field-path.ts';
import { IDEMPOTENCY_KEY, keyPath, LAST_EVENT_ID, resumeField } from '../request/header-fields.ts';
import { pathFields } from '../request/path-reader.ts';
import { textValueReader } from '../request/text-value.ts';
import { sequenceOf } from '../response/stream-writer.ts';
import type { RestRoute } from '../route.ts';
import { isSingle, type Variable } from '../template/template.ts';
import type { Comments } from './comments.ts';
import type { Constraints } from './constraints.ts';
import type { Schemas } from './schemas.ts';
import type { Parameter } from './types.ts';

/** What parameters are described with. */
export interface ParameterSources {
  readonly schemas: Schemas;
  readonly comments: Comments;
  readonly constraints: (field: DescField) => Constraints;
  readonly policy: (method: DescMethod) => Policy;
  /** Whether methods with idempotency by key refuse calls without one. */
  readonly requireKeys: boolean;
}

/** Any text of its own will do; a UUID always does. */
const EXAMPLE_KEY = '2f1b6a0e-5c3d-4e8a-9b7f-0d4c6e8a1b35';

/** Messages within messages that a query's parameters are listed for; deeper ones are accepted as well. */
const MAX_LISTED_DEPTH = 4;

/** A path as OpenAPI writes it, and its parameters. */
export interface PathForm {
  /** Parameters in the order of the path, by the names they would like to have. */
  readonly parameters: readonly Parameter[];
  /** The path with parameters of the given names. */
  path(names: readonly string[]): string;
}

/** Works out the path of a route. A variable of several segments has a parameter for each segment that is open. */
export function pathForm(route: RestRoute, sources: ParameterSources): PathForm {
  const { template, method } = route;
  const parameters: Parameter[] = [];
  const parts: (string | undefined)[] = template.segments.map((segment, index) => {
    if (segment.kind === 'literal') {
      return encodeURIComponent(segment.text);
    }
    const variable = template.variables.find(
      ({ start, end }) => start <= index && (end === undefined || index < end),
    );
    parameters.push(pathParameter(route, variable, index, segment.kind === 'rest', method.input, sources));
    return undefined;
  });
  return {
    parameters,
    path: (names) => {
      let next = 0;
      const shown = parts.map((part) => part ?? `{${names[next++]}}`);
      return `/${shown.join('/')}${template.verb === '' ? '' : `:${encodeURIComponent(template.verb)}`}`;
    },
  };
}

function pathParameter(
  route: RestRoute,
  variable: Variable | undefined,
  index: number,
  isRest: boolean,
  input: DescMessage,
  { schemas }: ParameterSources,
): Parameter {
  if (variable === undefined) {
    return { name: `segment${index + 1}`, in: 'path', required: true, schema: { type: 'string' } };
  }
  const path = resolvePath(input, variable.fieldPath);
  const field = path.at(-1);
  const name = path.map((step) => step.jsonName).join('.');
  if (isSingle(variable) && field !== undefined) {
    const { description, ...schema } = schemas.field(field);
    return { name, in: 'path', ...(description && { description }), required: true, schema };
  }
  const { segments } = route.template;
  const form = segments
    .slice(variable.start, variable.end)
    .map((segment) => (segment.kind === 'literal' ? segment.text : segment.kind === 'one' ? '*' : '**'))
    .join('/');
  const open = segments
    .slice(variable.start, variable.end)
    .filter((segment) => segment.kind !== 'literal').length;
  const slashes = isRest ? ' May contain slashes.' : '';
  return {
    name: open > 1 ? `${name}.${index - variable.start + 1}` : name,
    in: 'path',
    description: `A part of \`${pathName(path)}\`, which is \`${form}\`.${slashes}`,
    required: true,
    schema: { type: 'string' },
  };
}

/** The parameters of a query: every field that is neither in the path nor in the body nor in a header. */
export function queryParameters(route: RestRoute, { schemas, constraints }: ParameterSources): Parameter[] {
  const { method, body, template } = route;
  if (body === 'request') {
    return [];
  }
  const elsewhere = new Set(pathFields(template));
  if (body !== undefined) {
    elsewhere.add(body.name);
  }
  const key = keyPath(method.input);
  if (key !== undefined) {
    elsewhere.add(pathName(key));
  }
  const found: Parameter[] = [];
  const collect = (message: DescMessage, prefix: readonly DescField[]): void => {
    for (const field of message.fields) {
      const path = [...prefix, field];
      if (elsewhere.has(pathName(path))) {
        continue;
      }
      if (isEnterable(field)) {
        const entered = prefix.some((step) => step.message === field.message) || message === field.message;
        if (path.length < MAX_LISTED_DEPTH && !entered) {
          collect(field.message, path);
        }
      } else if (field.fieldKind !== 'map' && textValueReader(field, true) !== undefined) {
        const { description, deprecated, ...schema } = schemas.field(field);
        found.push({
          name: path.map((step) => step.jsonName).join('.'),
          in: 'query',
          ...(description && { description }),
          ...(deprecated && { deprecated }),
          ...(prefix.length === 0 && constraints(field).required && { required: true }),
          schema,
        });
      }
    }
  };
  collect(method.input, []);
  return found;
}

/** The headers that fill fields of a request. */
export function headerParameters(
  { method }: RestRoute,
  { schemas, policy, requireKeys }: ParameterSources,
): Parameter[] {
  const found: Parameter[] = [];
  const key = keyPath(method.input)?.at(-1);
  if (key !== undefined) {
    const { description, ...schema } = schemas.field(key);
    found.push({
      name: canonicalName(IDEMPOTENCY_KEY),
      in: 'header',
      ...(description && { description }),
      ...(requireKeys && policy(method).idempotency === Idempotency.KEY && { required: true }),
      schema,
      example: EXAMPLE_KEY,
    });
  }
  const resume = resumeField(method.input);
  if (
    method.methodKind === 'server_streaming' &&
    resume !== undefined &&
    sequenceOf(method.output) !== undefined
  ) {
    found.push({
      name: canonicalName(LAST_EVENT_ID),
      in: 'header',
      description: 'The id of the last event that was received: the stream goes on from there.',
      schema: { type: 'string' },
    });
  }
  return found;
}

function canonicalName(header: string): string {
  return header
    .replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())
    .replace(/Id$/, 'ID');
}
