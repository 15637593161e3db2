import { inject } from 'vitest'
import { cloneTemplate, type TestDatabase } from './cluster'

/** An empty, migrated database for one test or one file of tests, which drops it at its end. */
export function createTestDatabase(): Promise<TestDatabase> {
  return cloneTemplate(inject('clusterUrl'))
}
