import type { DescService } from '@bufbuild/protobuf';
import { Gauge, type Registry } from 'prom-client';
import { roleOf } from './service-names.ts';
import { MAINTENANCE, type Switches, stopsAdmissions } from './switches.ts';

/** Label of what holds for all events; no event has it for its id. */
const ALL_EVENTS = '*';

/** Shows what operators have switched on: maintenance, stopped admissions, open breakers. */
export function switchMetrics(
  registry: Registry,
  switches: Switches,
  services: readonly Pick<DescService, 'typeName'>[],
): void {
  const registers = [registry];
  new Gauge({
    name: 'platform_maintenance',
    help: '1 during maintenance, when nobody but admins begins anything',
    registers,
    collect() {
      this.set(switches.isOn(MAINTENANCE) ? 1 : 0);
    },
  });
  new Gauge({
    name: 'queue_admissions_stopped',
    help: '1 where operators have stopped letting buyers in: into an event, or into all (*)',
    labelNames: ['event_id'],
    registers,
    collect() {
      this.reset();
      this.set({ event_id: ALL_EVENTS }, 0);
      for (const { name } of switches.list().filter((switched) => stopsAdmissions(switched.name))) {
        this.set({ event_id: name.split('/')[1] ?? ALL_EVENTS }, 1);
      }
    },
  });
  new Gauge({
    name: 'circuit_breaker_open',
    help: '1 where operators have opened the breaker to a service, so that calls to it fail at once',
    labelNames: ['service'],
    registers,
    collect() {
      for (const { typeName } of services) {
        this.set({ service: typeName }, switches.isOn(`breaker/${roleOf(typeName)}`) ? 1 : 0);
      }
    },
  });
}
