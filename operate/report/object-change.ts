import type { FieldChange } from '../../manifests/field-diff';
import type { SyncedObject } from './rendering';

/** What becomes of one object. */
export interface ObjectChange {
  readonly object: SyncedObject;
  readonly is: 'added' | 'changed' | 'removed';
  /** Fields, where it is changed. */
  readonly fields: readonly FieldChange[];
}
