/** Every kind of application Joinery can speak to: one line each. */
import type { ConnectorType } from './connector.ts';
import { salesforce } from './salesforce/index.ts';

export const connectorTypes: ReadonlyMap<string, ConnectorType> = new Map(
  [salesforce].map((type) => [type.name, type as unknown as ConnectorType]),
);
