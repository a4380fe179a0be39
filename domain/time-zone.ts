/** The ninety or so time zones that business applications offer. HR may well say another. */

/**
 * The zone by the name that is offered: `Asia/Calcutta` is `Asia/Kolkata`, `UTC` is `GMT`. Empty for one that is not
 * offered under any name, such as `Europe/Zurich`, and for what is no zone.
 */
export function usualTimeZone(timeZone: string): string {
  if (timeZone === '' || OFFERED.includes(timeZone)) return timeZone;
  offeredByCanonicalName ??= new Map(OFFERED.map((offered) => [canonical(offered), offered]));
  return offeredByCanonicalName.get(canonical(timeZone)) ?? '';
}

let offeredByCanonicalName: Map<string | undefined, string> | undefined;

function canonical(timeZone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

const OFFERED = `
  Africa/Algiers Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Nairobi
  America/Adak America/Anchorage America/Argentina/Buenos_Aires America/Bogota America/Caracas America/Chicago
  America/Denver America/El_Salvador America/Halifax America/Indiana/Indianapolis America/Lima America/Los_Angeles
  America/Mazatlan America/Mexico_City America/New_York America/Panama America/Phoenix America/Puerto_Rico
  America/Santiago America/Sao_Paulo America/Scoresbysund America/St_Johns America/Tijuana
  Asia/Baghdad Asia/Baku Asia/Bangkok Asia/Beirut Asia/Colombo Asia/Dhaka Asia/Dubai Asia/Ho_Chi_Minh Asia/Hong_Kong
  Asia/Jakarta Asia/Jerusalem Asia/Kabul Asia/Kamchatka Asia/Karachi Asia/Kathmandu Asia/Kolkata Asia/Kuala_Lumpur
  Asia/Kuwait Asia/Manila Asia/Rangoon Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Taipei Asia/Tashkent
  Asia/Tbilisi Asia/Tehran Asia/Tokyo Asia/Yekaterinburg Asia/Yerevan
  Atlantic/Azores Atlantic/Bermuda Atlantic/Cape_Verde Atlantic/South_Georgia
  Australia/Adelaide Australia/Brisbane Australia/Darwin Australia/Lord_Howe Australia/Perth Australia/Sydney
  Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Dublin Europe/Helsinki
  Europe/Istanbul Europe/Lisbon Europe/London Europe/Minsk Europe/Moscow Europe/Paris Europe/Prague Europe/Rome
  GMT
  Pacific/Auckland Pacific/Chatham Pacific/Enderbury Pacific/Fiji Pacific/Gambier Pacific/Guadalcanal Pacific/Honolulu
  Pacific/Kiritimati Pacific/Marquesas Pacific/Niue Pacific/Norfolk Pacific/Pago_Pago Pacific/Pitcairn
  Pacific/Tongatapu
`
  .trim()
  .split(/\s+/);
