/** The locale people of a country expect, as `language_COUNTRY`. */

/** Locale of an ISO 3166 country code; `en_US` for a country not listed. */
export function localeOf(country: string): string {
  return LOCALES[country.toUpperCase()] ?? 'en_US';
}

const LOCALES: Record<string, string> = {
  AU: 'en_AU',
  BE: 'nl_BE',
  BR: 'pt_BR',
  CA: 'en_CA',
  CH: 'de_CH',
  CN: 'zh_CN',
  DE: 'de_DE',
  FR: 'fr_FR',
  GB: 'en_GB',
  IN: 'en_IN',
  IT: 'it_IT',
  JP: 'ja_JP',
  MX: 'es_MX',
  NL: 'nl_NL',
  SG: 'en_SG',
  UK: 'en_GB',
  US: 'en_US',
};
