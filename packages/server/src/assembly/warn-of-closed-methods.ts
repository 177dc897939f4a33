import type { Logger } from 'pino';
import type { Authenticate } from '../caller.ts';
import type { Profile } from '../options.ts';
import type { MethodPlan } from '../pipeline/method-plan.ts';

/** What decides whether anybody gets in. */
export interface Entrance {
  readonly authenticate: Authenticate | undefined;
  readonly profile: Profile;
}

/**
 * Says which methods let nobody in, since they want credentials that nothing looks at. No error: services of the same
 * process may call them.
 */
export function warnOfClosedMethods(
  plans: readonly Pick<MethodPlan, 'authorize' | 'name'>[],
  { authenticate, profile }: Entrance,
  logger: Logger,
): void {
  if (authenticate !== undefined || !profile.requireCredentials) {
    return;
  }
  const methods = plans.filter(({ authorize }) => authorize !== undefined).map(({ name }) => name);
  if (methods.length > 0) {
    logger.warn(
      { methods },
      'methods that are not public answer UNAUTHENTICATED to everybody: there is no authenticate; give it, or a ' +
        'profile that requires no credentials',
    );
  }
}
