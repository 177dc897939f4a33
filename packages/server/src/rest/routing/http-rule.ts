import { type DescMethod, getOption, hasOption } from '@bufbuild/protobuf';
import { http as httpOption } from '../../gen/google/api/annotations_pb.js';
import type { HttpRule } from '../../gen/google/api/http_pb.js';

/** One HTTP form of a method, as its rule says it. */
export interface Binding {
  /** In upper case; `*` for every method. */
  readonly httpMethod: string;
  readonly path: string;
  /** `*`, the name of a field, or empty. */
  readonly body: string;
  /** The name of a field of the answer, or empty. */
  readonly responseBody: string;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The HTTP forms of a method, from its `google.api.http` option; none without one.
 *
 * @throws Error that says what is wrong with the rule
 */
export function bindingsOf(method: DescMethod): Binding[] {
  if (!hasOption(method, httpOption)) {
    return [];
  }
  const rule = getOption(method, httpOption);
  for (const additional of rule.additionalBindings) {
    if (additional.additionalBindings.length > 0) {
      throw new Error('an entry of additional_bindings has additional_bindings itself; expected one level');
    }
  }
  return [rule, ...rule.additionalBindings].map(bindingOf);
}

function bindingOf(rule: HttpRule): Binding {
  const { pattern } = rule;
  if (pattern.case === undefined) {
    throw new Error('a rule has no path; expected get, put, post, delete, patch or custom');
  }
  const [kind, path] =
    pattern.case === 'custom'
      ? [pattern.value.kind.toUpperCase(), pattern.value.path]
      : [pattern.case.toUpperCase(), pattern.value];
  if (!TOKEN.test(kind)) {
    throw new Error(`custom.kind is "${kind}"; expected the name of an HTTP method, or *`);
  }
  if (rule.body !== '' && (kind === 'GET' || kind === 'HEAD')) {
    throw new Error(`${kind} ${path} has body "${rule.body}"; expected none: such requests have no body`);
  }
  return { httpMethod: kind, path, body: rule.body, responseBody: rule.responseBody };
}
