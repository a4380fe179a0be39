/**
 * What people of a country usually work with, in the codes Salesforce takes: locale, language, time zone. A country is an
 * ISO 3166 code of two letters, in any case; `UK` is taken for `GB`.
 */

/** The locale, such as `de_DE`. */
export function localeOf(country: string, otherwise = 'en_US'): string {
  return find(country)?.[0] ?? otherwise;
}

/**
 * The language, such as `de` or `pt_BR`: only those that every org has switched on. Where people speak another, or the
 * country is not listed, `otherwise`.
 */
export function languageOf(country: string, otherwise = 'en_US'): string {
  return find(country)?.[1] ?? otherwise;
}

/**
 * The time zone in which most people of the country live, such as `America/New_York`. Salesforce offers about ninety: where
 * the country's own is not among them (`Europe/Zurich`), the one that shows the same time (`Europe/Berlin`).
 */
export function timeZoneOf(country: string, otherwise = 'GMT'): string {
  return find(country)?.[2] ?? otherwise;
}

type Customs = readonly [locale: string, language: string | undefined, timeZone: string];

function find(country: string): Customs | undefined {
  return CUSTOMS.get(country.trim().toUpperCase());
}

const CUSTOMS: ReadonlyMap<string, Customs> = new Map<string, Customs>([
  ['AE', ['ar_AE', undefined, 'Asia/Dubai']],
  ['AO', ['pt_AO', 'pt_BR', 'Africa/Algiers']],
  ['AR', ['es_AR', 'es', 'America/Argentina/Buenos_Aires']],
  ['AT', ['de_AT', 'de', 'Europe/Berlin']],
  ['AU', ['en_AU', 'en_US', 'Australia/Sydney']],
  ['AZ', ['az_AZ', undefined, 'Asia/Baku']],
  ['BD', ['bn_BD', undefined, 'Asia/Dhaka']],
  ['BE', ['nl_BE', 'nl_NL', 'Europe/Brussels']],
  ['BG', ['bg_BG', undefined, 'Europe/Athens']],
  ['BH', ['ar_BH', undefined, 'Asia/Riyadh']],
  ['BO', ['es_BO', 'es', 'America/Puerto_Rico']],
  ['BR', ['pt_BR', 'pt_BR', 'America/Sao_Paulo']],
  ['CA', ['en_CA', 'en_US', 'America/New_York']],
  ['CH', ['de_CH', 'de', 'Europe/Berlin']],
  ['CL', ['es_CL', 'es', 'America/Santiago']],
  ['CN', ['zh_CN', 'zh_CN', 'Asia/Shanghai']],
  ['CO', ['es_CO', 'es', 'America/Bogota']],
  ['CR', ['es_CR', 'es', 'America/El_Salvador']],
  ['CY', ['el_CY', undefined, 'Europe/Athens']],
  ['CZ', ['cs_CZ', undefined, 'Europe/Prague']],
  ['DE', ['de_DE', 'de', 'Europe/Berlin']],
  ['DK', ['da_DK', 'da', 'Europe/Berlin']],
  ['DO', ['es_DO', 'es', 'America/Puerto_Rico']],
  ['DZ', ['ar_DZ', undefined, 'Africa/Algiers']],
  ['EC', ['es_EC', 'es', 'America/Lima']],
  ['EE', ['et_EE', undefined, 'Europe/Helsinki']],
  ['EG', ['ar_EG', undefined, 'Africa/Cairo']],
  ['ES', ['es_ES', 'es', 'Europe/Paris']],
  ['FI', ['fi_FI', 'fi', 'Europe/Helsinki']],
  ['FR', ['fr_FR', 'fr', 'Europe/Paris']],
  ['GB', ['en_GB', 'en_US', 'Europe/London']],
  ['GH', ['en_GH', 'en_US', 'GMT']],
  ['GR', ['el_GR', undefined, 'Europe/Athens']],
  ['GT', ['es_GT', 'es', 'America/El_Salvador']],
  ['HK', ['zh_HK', 'zh_TW', 'Asia/Hong_Kong']],
  ['HR', ['hr_HR', undefined, 'Europe/Prague']],
  ['HU', ['hu_HU', undefined, 'Europe/Prague']],
  ['ID', ['in_ID', undefined, 'Asia/Jakarta']],
  ['IE', ['en_IE', 'en_US', 'Europe/Dublin']],
  ['IL', ['iw_IL', undefined, 'Asia/Jerusalem']],
  ['IN', ['en_IN', 'en_US', 'Asia/Kolkata']],
  ['IQ', ['ar_IQ', undefined, 'Asia/Baghdad']],
  ['IS', ['is_IS', undefined, 'GMT']],
  ['IT', ['it_IT', 'it', 'Europe/Rome']],
  ['JO', ['ar_JO', undefined, 'Asia/Riyadh']],
  ['JP', ['ja_JP', 'ja', 'Asia/Tokyo']],
  ['KE', ['en_GB', 'en_US', 'Africa/Nairobi']],
  ['KR', ['ko_KR', 'ko', 'Asia/Seoul']],
  ['KW', ['ar_KW', undefined, 'Asia/Kuwait']],
  ['KZ', ['kk_KZ', 'ru', 'Asia/Tashkent']],
  ['LB', ['ar_LB', undefined, 'Asia/Beirut']],
  ['LK', ['en_GB', 'en_US', 'Asia/Colombo']],
  ['LT', ['lt_LT', undefined, 'Europe/Helsinki']],
  ['LU', ['fr_LU', 'fr', 'Europe/Brussels']],
  ['LV', ['lv_LV', undefined, 'Europe/Helsinki']],
  ['MA', ['ar_MA', 'fr', 'Africa/Casablanca']],
  ['MT', ['en_MT', 'en_US', 'Europe/Rome']],
  ['MX', ['es_MX', 'es_MX', 'America/Mexico_City']],
  ['MY', ['en_MY', 'en_US', 'Asia/Kuala_Lumpur']],
  ['NG', ['en_NG', 'en_US', 'Africa/Algiers']],
  ['NL', ['nl_NL', 'nl_NL', 'Europe/Amsterdam']],
  ['NO', ['no_NO', 'no', 'Europe/Berlin']],
  ['NZ', ['en_NZ', 'en_US', 'Pacific/Auckland']],
  ['OM', ['ar_OM', undefined, 'Asia/Dubai']],
  ['PA', ['es_PA', 'es', 'America/Panama']],
  ['PE', ['es_PE', 'es', 'America/Lima']],
  ['PH', ['en_PH', 'en_US', 'Asia/Manila']],
  ['PK', ['en_PK', 'en_US', 'Asia/Karachi']],
  ['PL', ['pl_PL', undefined, 'Europe/Prague']],
  ['PR', ['es_PR', 'es', 'America/Puerto_Rico']],
  ['PT', ['pt_PT', 'pt_BR', 'Europe/Lisbon']],
  ['PY', ['es_PY', 'es', 'America/Argentina/Buenos_Aires']],
  ['QA', ['ar_QA', undefined, 'Asia/Riyadh']],
  ['RO', ['ro_RO', undefined, 'Europe/Bucharest']],
  ['RS', ['sr_RS', undefined, 'Europe/Prague']],
  ['RU', ['ru_RU', 'ru', 'Europe/Moscow']],
  ['SA', ['ar_SA', undefined, 'Asia/Riyadh']],
  ['SE', ['sv_SE', 'sv', 'Europe/Berlin']],
  ['SG', ['en_SG', 'en_US', 'Asia/Singapore']],
  ['SI', ['sl_SI', undefined, 'Europe/Prague']],
  ['SK', ['sk_SK', undefined, 'Europe/Prague']],
  ['TH', ['th_TH', 'th', 'Asia/Bangkok']],
  ['TN', ['ar_TN', 'fr', 'Africa/Algiers']],
  ['TR', ['tr_TR', undefined, 'Europe/Istanbul']],
  ['TW', ['zh_TW', 'zh_TW', 'Asia/Taipei']],
  ['UA', ['uk_UA', undefined, 'Europe/Bucharest']],
  ['UK', ['en_GB', 'en_US', 'Europe/London']],
  ['US', ['en_US', 'en_US', 'America/New_York']],
  ['UY', ['es_UY', 'es', 'America/Argentina/Buenos_Aires']],
  ['VE', ['es_VE', 'es', 'America/Caracas']],
  ['VN', ['vi_VN', undefined, 'Asia/Ho_Chi_Minh']],
  ['ZA', ['en_ZA', 'en_US', 'Africa/Johannesburg']],
]);
