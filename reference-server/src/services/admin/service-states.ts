import type { DescService } from '@bufbuild/protobuf';
import { HealthStatus } from '@traffic-tacos/contracts/common/v1';
import { type Metrics, methodType } from '@traffic-tacos/server';
import { MAINTENANCE, roleOf, type Switches, stopsAdmissions } from '../../live/index.ts';
import type { Finding } from './dependencies.ts';

/** What a service says of itself: its own judgement, and numbers that explain it. */
export interface OwnState {
  readonly status: HealthStatus;
  readonly issues: readonly string[];
  readonly metrics: Readonly<Record<string, string>>;
}

/** Statuses that say that the server has failed. */
const FAULTS = new Set(['UNKNOWN', 'DEADLINE_EXCEEDED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS']);

/** How the calls of a service went since the start. */
export function callFigures(
  metrics: Pick<Metrics, 'method'>,
  { typeName, methods }: Pick<DescService, 'typeName' | 'methods'>,
): Readonly<Record<string, string>> {
  const figures = { calls_total: 0, calls_failed_total: 0, calls_in_flight: 0 };
  for (const method of methods) {
    const own = metrics.method(typeName, method.name, methodType(method));
    for (const { labels, value } of own.calls()) {
      figures.calls_total += value;
      figures.calls_failed_total += FAULTS.has(labels.code ?? '') ? value : 0;
    }
    figures.calls_in_flight += own.inFlight;
  }
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)]));
}

/** What operators have switched that a service feels. */
export function switchedFindings(switches: Switches, service: string): readonly Finding[] {
  const findings: Finding[] = [];
  if (switches.isOn(`breaker/${service}`)) {
    findings.push({
      status: HealthStatus.UNHEALTHY,
      issue: 'its circuit breaker was opened by an operator: calls to it fail at once',
    });
  }
  if (service === 'queue') {
    for (const { name } of switches.list().filter((other) => stopsAdmissions(other.name))) {
      const eventId = name.split('/')[1];
      const where = eventId === undefined ? 'all events' : `event "${eventId}"`;
      findings.push({
        status: HealthStatus.DEGRADED,
        issue: `admissions to ${where} were stopped by an operator: nobody is let in`,
      });
    }
  }
  if (service !== 'admin' && switches.isOn(MAINTENANCE)) {
    findings.push({
      status: HealthStatus.DEGRADED,
      issue: 'maintenance: only admins can begin anything new',
    });
  }
  return findings;
}

/** The worst of several findings, and everything that is wrong. */
export function together(findings: readonly Finding[]): Pick<OwnState, 'status' | 'issues'> {
  return {
    status: findings.reduce<HealthStatus>(
      (worst, { status }) => (RANKS[status] > RANKS[worst] ? status : worst),
      HealthStatus.HEALTHY,
    ),
    issues: findings.flatMap(({ issue }) => issue ?? []),
  };
}

const RANKS: Readonly<Record<HealthStatus, number>> = {
  [HealthStatus.UNSPECIFIED]: 0,
  [HealthStatus.HEALTHY]: 0,
  [HealthStatus.DEGRADED]: 1,
  [HealthStatus.UNKNOWN]: 2,
  [HealthStatus.UNHEALTHY]: 3,
};

/** Every service's state by its name: what all feel, what operators have switched, and what it says of itself. */
export function serviceStates(options: {
  readonly services: readonly DescService[];
  readonly metrics: Pick<Metrics, 'method'>;
  readonly switches: Switches;
  /** Whether the store, which all but the gateway need, does its work. */
  readonly isStoreWell: () => Promise<boolean>;
  /** Findings and numbers of single services. */
  readonly own: Readonly<
    Record<string, () => Promise<{ findings?: readonly Finding[]; metrics?: OwnState['metrics'] }>>
  >;
}): () => Promise<Readonly<Record<string, OwnState>>> {
  const { services, metrics, switches, isStoreWell, own } = options;
  return async () => {
    const common: Finding[] = (await isStoreWell())
      ? []
      : [{ status: HealthStatus.UNHEALTHY, issue: 'the store does not answer' }];
    const states = services.map(async (service): Promise<[string, OwnState]> => {
      const name = roleOf(service.typeName);
      const { findings = [], metrics: figures = {} } = (await own[name]?.()) ?? {};
      const all = together([...common, ...switchedFindings(switches, name), ...findings]);
      return [name, { ...all, metrics: { ...callFigures(metrics, service), ...figures } }];
    });
    return Object.fromEntries(await Promise.all(states));
  };
}
