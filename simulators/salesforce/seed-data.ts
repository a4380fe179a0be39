// What a new org has, as data.

import type { Permission } from './permissions.ts';

export const LICENSES = [
  ['Salesforce', 'SFDC', 500],
  ['Salesforce Platform', 'AUL', 100],
  ['Identity', 'PID_Identity', 3],
  ['Chatter Free', 'CSN', 5000],
] as const;

/** DeveloperName, label, seats. */
export const PERMISSION_SET_LICENSES = [
  ['SalesConsoleUser', 'Sales Console User', 25],
  ['HighVelocitySalesUser', 'Sales Engagement User', 10],
  ['EinsteinAnalyticsPlusPsl', 'CRM Analytics Plus', 2],
] as const;

/** Namespace and seats of managed packages; -1 is for everybody. */
export const PACKAGES = [
  ['quoteit', 20],
  ['signdesk', 2],
  ['mapview', -1],
] as const;

export interface SeedProfile {
  name: string;
  license: string;
  /** The objects its users work with. */
  objects: readonly string[];
  permissions: readonly Permission[];
  /** Of its users; `Standard` when it is not said. */
  userType?: 'CsnOnly';
}

const ACTIVITIES: readonly Permission[] = ['PermissionsActivitiesAccess'];
const API: readonly Permission[] = ['PermissionsActivitiesAccess', 'PermissionsApiEnabled'];
const ALL_OBJECTS = ['Account', 'Case', 'Contact', 'Lead', 'Opportunity'];

export const PROFILES: readonly SeedProfile[] = [
  { name: 'System Administrator', license: 'Salesforce', objects: ALL_OBJECTS, permissions: [] },
  { name: 'Standard User', license: 'Salesforce', objects: ALL_OBJECTS, permissions: API },
  {
    name: 'Sales User',
    license: 'Salesforce',
    objects: ['Account', 'Contact', 'Lead', 'Opportunity'],
    permissions: ACTIVITIES,
  },
  { name: 'Support User', license: 'Salesforce', objects: ['Account', 'Case', 'Contact'], permissions: ACTIVITIES },
  { name: 'Operations User', license: 'Salesforce', objects: ['Account', 'Contact'], permissions: ACTIVITIES },
  { name: 'Minimum Access - Salesforce', license: 'Salesforce', objects: [], permissions: [] },
  {
    name: 'Standard Platform User',
    license: 'Salesforce Platform',
    objects: ['Account', 'Contact'],
    permissions: API,
  },
  { name: 'Identity User', license: 'Identity', objects: [], permissions: [] },
  { name: 'Chatter Free User', license: 'Chatter Free', objects: [], permissions: [], userType: 'CsnOnly' },
];

/** Name, DeveloperName, DeveloperName of the parent. */
export const ROLES = [
  ['CEO', 'CEO', undefined],
  ['VP Sales', 'VP_Sales', 'CEO'],
  ['Sales Manager', 'Sales_Manager', 'VP_Sales'],
  ['Sales Rep', 'Sales_Rep', 'VP_Sales'],
  ['Service Manager', 'Service_Manager', 'CEO'],
  ['Support Agent', 'Support_Agent', 'CEO'],
  ['Operations', 'Operations', 'CEO'],
] as const;

/** Name, and the licence or permission set licence that it asks for. */
export const PERMISSION_SETS = [
  ['Sales_Console', undefined],
  ['Forecast_Editor', undefined],
  ['Service_Console', undefined],
  ['Inventory_Manager', undefined],
  ['Shipping_Desk', undefined],
  ['Finance_Reports', undefined],
  ['Executive_Dashboards', undefined],
  ['Developer_Tools', undefined],
  ['HR_Records', undefined],
  ['Knowledge_Reader', undefined],
  ['Sales_Engagement', 'HighVelocitySalesUser'],
  ['Analytics_Plus', 'EinsteinAnalyticsPlusPsl'],
  ['Platform_App', 'Salesforce Platform'],
] as const;

/** DeveloperName, and the permission sets in it. */
export const PERMISSION_SET_GROUPS: readonly [string, readonly string[]][] = [
  ['Sales_Bundle', ['Sales_Console', 'Forecast_Editor']],
  ['Service_Bundle', ['Service_Console', 'Knowledge_Reader']],
  ['Analytics_Bundle', ['Executive_Dashboards', 'Analytics_Plus']],
];

interface SeedGroup {
  name: string;
  developerName: string;
  /** The object types a queue may own; a group without is a public group. */
  owns?: readonly string[];
}

export const GROUPS: readonly SeedGroup[] = [
  { name: 'All Staff', developerName: 'All_Staff' },
  { name: 'Sales Team', developerName: 'Sales_Team' },
  { name: 'Support Team', developerName: 'Support_Team' },
  { name: 'Support Queue', developerName: 'Support_Queue', owns: ['Case'] },
  { name: 'Inbound Leads', developerName: 'Inbound_Leads', owns: ['Lead'] },
  { name: 'Back Office Tasks', developerName: 'Back_Office_Tasks', owns: ['Task', 'Case'] },
];
