import { refuse } from '@traffic-tacos/server';

/** Refuses the name of a service that does not exist. @throws CallFailure NOT_FOUND */
export function knownService(field: string, name: string, services: readonly string[]): void {
  if (!services.includes(name)) {
    throw refuse('NOT_FOUND', `there is no service "${name}"; expected one of ${services.join(', ')}`, [
      { field, reason: 'SERVICE_NOT_FOUND', value: name },
    ]);
  }
}
