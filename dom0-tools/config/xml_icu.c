/* xml_icu.c - other character encodings: there are none
 *
 * Debian's libxml2 reads UTF-8, UTF-16, Latin-1 and ASCII by itself and asks ICU for everything else. Linked statically, ICU
 * would bring 30 MB of tables. Here its five functions say that they know no encoding, and libxml2 refuses the text.
 */
#include <unicode/ucnv.h>

U_CAPI UConverter *U_EXPORT2 ucnv_open(const char *name, UErrorCode *err)
{
	(void)name;
	*err = U_FILE_ACCESS_ERROR;
	return NULL;
}

U_CAPI void U_EXPORT2 ucnv_close(UConverter *converter)
{
	(void)converter;
}

U_CAPI void U_EXPORT2 ucnv_convertEx(UConverter *target, UConverter *source, char **to, const char *to_end,
				     const char **from, const char *from_end, UChar *pivot, UChar **pivot_source,
				     UChar **pivot_target, const UChar *pivot_end, UBool reset, UBool flush,
				     UErrorCode *err)
{
	(void)target, (void)source, (void)to, (void)to_end, (void)from, (void)from_end, (void)pivot;
	(void)pivot_source, (void)pivot_target, (void)pivot_end, (void)reset, (void)flush;
	*err = U_UNSUPPORTED_ERROR;
}

U_CAPI void U_EXPORT2 ucnv_setToUCallBack(UConverter *converter, UConverterToUCallback fn, const void *context,
					  UConverterToUCallback *old, const void **old_context, UErrorCode *err)
{
	(void)converter, (void)fn, (void)context, (void)old, (void)old_context;
	*err = U_UNSUPPORTED_ERROR;
}

U_CAPI void U_EXPORT2 ucnv_setFromUCallBack(UConverter *converter, UConverterFromUCallback fn, const void *context,
					    UConverterFromUCallback *old, const void **old_context, UErrorCode *err)
{
	(void)converter, (void)fn, (void)context, (void)old, (void)old_context;
	*err = U_UNSUPPORTED_ERROR;
}
