import type { DescField, DescMessage, DescMethod, Registry } from '@bufbuild/protobuf';
import { Auth, type Policy, policyOf } from '@traffic-tacos/policy';
import { errorFieldOf } from '../response/answer-writer.ts';
import { canonicalErrors, type RestErrorModel } from '../response/error-model.ts';
import type { RestRoute } from '../route.ts';
import { requestBody, success } from './bodies.ts';
import { createComments } from './comments.ts';
import { constraintsFrom } from './constraints.ts';
import { ERROR, errorAnswer, errorSchema } from './errors.ts';
import { failuresOf } from './failures.ts';
import { headerParameters, type ParameterSources, pathForm, queryParameters } from './parameters.ts';
import { inRestWords } from './rest-words.ts';
import { createSchemas } from './schemas.ts';
import type { OpenApiDocument, Operation, Parameter } from './types.ts';

/** What a document is made from. */
export interface OpenApiOptions {
  readonly title: string;
  /** Of the contract. */
  readonly version: string;
  readonly description?: string | undefined;
  /** Where the paths are, e.g. `https://api.example.com`. Default: where the document is. */
  readonly servers?: readonly string[] | undefined;
  /** The routes of a transcoder. */
  readonly routes: readonly RestRoute[];
  /** The full descriptor set; the rules of `buf.validate` are found through it. */
  readonly registry?: Registry | undefined;
  /** As for the transcoder. */
  readonly errors?: RestErrorModel | undefined;
  /** As for the transcoder. */
  readonly policy?: ((method: DescMethod) => Policy) | undefined;
  /** Whether methods with idempotency by key refuse calls without one. Default: `false`. */
  readonly requireKeys?: boolean | undefined;
}

/** What OpenAPI has a place for. */
const HTTP_METHODS: ReadonlySet<string> = new Set([
  'GET',
  'PUT',
  'POST',
  'DELETE',
  'OPTIONS',
  'HEAD',
  'PATCH',
  'TRACE',
]);

const BEARER = 'bearer';

/**
 * Describes routes as OpenAPI 3.1. Texts come from the comments of the contract, limits from the rules of
 * `buf.validate`, security from the auth policies. Routes for HTTP methods that OpenAPI has no place for are left out.
 */
export function createOpenApi(options: OpenApiOptions): OpenApiDocument {
  const { routes, registry, errors = canonicalErrors, policy = policyOf, requireKeys = false } = options;
  const written = createComments();
  const comments = inRestWords(written, routes, errors);
  const failures = failuresOf({ errors, registry, written, comments, requireKeys });
  const constraints = constraintsFrom(registry);
  const outputs = new Set(routes.map((route) => route.method.output.typeName));
  const isError = (field: DescField): boolean =>
    outputs.has(field.parent?.typeName ?? '') &&
    field.localName === errorFieldOf(field.parent as DescMessage, errors);
  const schemas = createSchemas({ comments, constraints, omit: isError });
  const sources: ParameterSources = { schemas, comments, constraints, policy, requireKeys };

  const paths: OpenApiDocument['paths'] = {};
  /** The names of a path's parameters: paths that differ in nothing else are one path. */
  const shapes = new Map<string, { key: string; names: readonly string[] }>();
  const ids = new Map<string, number>();
  const shortNames = ambiguous(routes);

  for (const route of routes) {
    if (!HTTP_METHODS.has(route.httpMethod)) {
      continue;
    }
    const form = pathForm(route, sources);
    const shape = form.path(form.parameters.map(() => ''));
    let place = shapes.get(shape);
    if (place === undefined) {
      const names = form.parameters.map((parameter) => parameter.name);
      place = { key: form.path(names), names };
      shapes.set(shape, place);
    }
    const { names } = place;
    const inPath = form.parameters.map((parameter, index) => ({
      ...parameter,
      name: names[index] ?? parameter.name,
    }));
    const item = paths[place.key] ?? {};
    item[route.httpMethod.toLowerCase()] = operation(route, inPath);
    paths[place.key] = item;
  }

  function operation(route: RestRoute, inPath: readonly Parameter[]): Operation {
    const { method } = route;
    const base = `${shortNames(route)}_${method.name}`;
    const count = (ids.get(base) ?? 0) + 1;
    ids.set(base, count);
    const summary = comments.summary(method);
    const description = comments.of(method);
    const parameters = [...inPath, ...queryParameters(route, sources), ...headerParameters(route, sources)];
    const body = requestBody(route, schemas);
    const policies = policy(method);
    const { auth, scopes } = policies;
    return {
      operationId: count === 1 ? base : `${base}_${count}`,
      tags: [shortNames(route)],
      ...(summary !== '' && { summary }),
      ...(description !== '' && { description }),
      ...(method.deprecated && { deprecated: true }),
      ...(parameters.length > 0 && { parameters }),
      ...(body && { requestBody: body }),
      responses: {
        [route.successStatus]: success(route, schemas, comments.of(method.output)),
        ...failures(method, policies),
        default: { $ref: `#/components/responses/${ERROR}` },
      },
      security: auth === Auth.PUBLIC ? [] : [{ [BEARER]: [...scopes] }],
    };
  }

  const services = new Map(routes.map((route) => [shortNames(route), route.method.parent]));
  return {
    openapi: '3.1.1',
    info: {
      title: options.title,
      version: options.version,
      ...(options.description !== undefined && { description: options.description }),
    },
    ...(options.servers !== undefined && { servers: options.servers.map((url) => ({ url })) }),
    tags: [...services].map(([name, service]) => {
      const description = comments.of(service);
      return { name, ...(description !== '' && { description }) };
    }),
    paths,
    components: {
      schemas: { ...schemas.named, [ERROR]: errorSchema(errors) },
      responses: { [ERROR]: errorAnswer() },
      securitySchemes: { [BEARER]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
    },
  };
}

/** The name of a route's service, in full where two packages have one of the same name. */
function ambiguous(routes: readonly RestRoute[]): (route: RestRoute) => string {
  const names = new Map<string, Set<string>>();
  for (const { method } of routes) {
    const { name, typeName } = method.parent;
    names.set(name, (names.get(name) ?? new Set()).add(typeName));
  }
  return ({ method }) => {
    const { name, typeName } = method.parent;
    return (names.get(name)?.size ?? 0) > 1 ? typeName : name;
  };
}
