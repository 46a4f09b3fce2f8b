package registrydiff

// kind is one of the differences that the registry tells apart in JSON Schemas.
type kind struct {
	// name is the registry's own.
	name string
	// fine says that readers of the new read what writers of the old wrote.
	fine bool
	// says is what changed, in words.
	says string
}

// allowed and refused make the two sorts of kinds.
func allowed(name, says string) *kind { return &kind{name: name, fine: true, says: says} }

func refused(name, says string) *kind { return &kind{name: name, says: says} }

// family is the kinds of one keyword that is added, removed or changed.
type family struct{ added, removed, wider, narrower, changed *kind }

// upper makes the kinds of a limit of which a higher one lets more in; wider
// and narrower go by the number.
func upper(name, keyword string) family {
	return family{
		added: refused(name+"_ADDED", keyword+" was added"), removed: allowed(name+"_REMOVED", keyword+" was removed"),
		wider: allowed(name+"_INCREASED", keyword+" was raised"), narrower: refused(name+"_DECREASED", keyword+" was lowered"),
	}
}

// lower makes the kinds of a limit of which a higher one lets less in.
func lower(name, keyword string) family {
	return family{
		added: refused(name+"_ADDED", keyword+" was added"), removed: allowed(name+"_REMOVED", keyword+" was removed"),
		wider: refused(name+"_INCREASED", keyword+" was raised"), narrower: allowed(name+"_DECREASED", keyword+" was lowered"),
	}
}

// The kinds of differences.
var (
	typeChanged  = refused("TYPE_CHANGED", "the kind of schema changed")
	typeExtended = allowed("TYPE_EXTENDED", "integer became number")
	typeNarrowed = refused("TYPE_NARROWED", "number became integer")

	schemaAdded   = refused("SCHEMA_ADDED", "a schema was added where there was none")
	schemaRemoved = allowed("SCHEMA_REMOVED", "a schema was removed")

	maxLength     = upper("MAX_LENGTH", "maxLength")
	minLength     = lower("MIN_LENGTH", "minLength")
	maximum       = upper("MAXIMUM", "maximum")
	minimum       = lower("MINIMUM", "minimum")
	exclMaximum   = upper("EXCLUSIVE_MAXIMUM", "exclusiveMaximum")
	exclMinimum   = lower("EXCLUSIVE_MINIMUM", "exclusiveMinimum")
	maxProperties = upper("MAX_PROPERTIES", "maxProperties")
	minProperties = lower("MIN_PROPERTIES", "minProperties")
	maxItems      = upper("MAX_ITEMS", "maxItems")
	minItems      = lower("MIN_ITEMS", "minItems")
	maxContains   = upper("MAX_CONTAINS", "maxContains")
	minContains   = lower("MIN_CONTAINS", "minContains")

	pattern = family{
		added: refused("PATTERN_ADDED", "pattern was added"), removed: allowed("PATTERN_REMOVED", "pattern was removed"),
		changed: refused("PATTERN_CHANGED", "pattern changed"),
	}
	multipleOf = family{
		added: refused("MULTIPLE_OF_ADDED", "multipleOf was added"), removed: allowed("MULTIPLE_OF_REMOVED", "multipleOf was removed"),
		wider: allowed("MULTIPLE_OF_REDUCED", "multipleOf became a divisor of what it was"), narrower: refused("MULTIPLE_OF_EXPANDED", "multipleOf became a multiple of what it was"),
		changed: refused("MULTIPLE_OF_CHANGED", "multipleOf changed"),
	}

	requiredAdded       = refused("REQUIRED_ATTRIBUTE_ADDED", "the property became required")
	requiredWithDefault = allowed("REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED", "the property became required and has a default")
	requiredRemoved     = allowed("REQUIRED_ATTRIBUTE_REMOVED", "the property is no longer required")

	removedFromOpen     = allowed("PROPERTY_REMOVED_FROM_OPEN_CONTENT_MODEL", "a property was removed from an object that allows any other")
	removedFalse        = allowed("PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL", "a property that was never allowed was removed")
	removedFromClosed   = refused("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", "a property was removed from an object that allows no other")
	removedCovered      = allowed("PROPERTY_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "a property was removed and other properties still allow its values")
	removedNotCovered   = refused("PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "a property was removed and other properties do not allow its values")
	addedEmpty          = allowed("PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL", "a property of any value was added")
	addedRequiredOpen   = refused("REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", "a required property was added to an object that allows any other")
	addedDefaultOpen    = refused("REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL", "a required property with a default was added to an object that allows any other")
	addedOptionalOpen   = refused("OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", "an optional property was added to an object that allows any other")
	addedCovered        = allowed("PROPERTY_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "a property was added and allows what it could be before")
	addedNotCovered     = refused("PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "a property was added and does not allow what it could be before")
	addedRequiredUnopen = refused("REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", "a required property was added")
	addedDefaultUnopen  = allowed("REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN_CONTENT_MODEL", "a required property with a default was added")
	addedOptionalUnopen = allowed("OPTIONAL_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL", "an optional property was added to an object that allows no other")

	additional = openness("ADDITIONAL_PROPERTIES", "additionalProperties")
	moreItems  = openness("ADDITIONAL_ITEMS", "additionalItems")

	dependencyArray = family{
		added: refused("DEPENDENCY_ARRAY_ADDED", "a dependency was added"), removed: allowed("DEPENDENCY_ARRAY_REMOVED", "a dependency was removed"),
		narrower: refused("DEPENDENCY_ARRAY_EXTENDED", "a dependency asks for more"), wider: allowed("DEPENDENCY_ARRAY_NARROWED", "a dependency asks for less"),
		changed: refused("DEPENDENCY_ARRAY_CHANGED", "a dependency changed"),
	}
	dependencySchema = family{
		added: refused("DEPENDENCY_SCHEMA_ADDED", "a dependent schema was added"), removed: allowed("DEPENDENCY_SCHEMA_REMOVED", "a dependent schema was removed"),
	}

	uniqueAdded   = refused("UNIQUE_ITEMS_ADDED", "uniqueItems was added")
	uniqueRemoved = allowed("UNIQUE_ITEMS_REMOVED", "uniqueItems was removed")

	itemRemovedFromOpen   = allowed("ITEM_REMOVED_FROM_OPEN_CONTENT_MODEL", "the schema of a place was removed from an array that allows more")
	itemRemovedFalse      = allowed("ITEM_WITH_FALSE_REMOVED_FROM_CLOSED_CONTENT_MODEL", "a place that was never allowed was removed")
	itemRemovedFromClosed = refused("ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL", "the schema of a place was removed from an array that allows no more")
	itemRemovedCovered    = allowed("ITEM_REMOVED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "the schema of a place was removed and what is said of more items still allows its values")
	itemRemovedNotCovered = refused("ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "the schema of a place was removed and what is said of more items does not allow its values")
	itemAddedEmpty        = allowed("ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN_CONTENT_MODEL", "a place of any value was added")
	itemAddedToOpen       = refused("ITEM_ADDED_TO_OPEN_CONTENT_MODEL", "the schema of a place was added to an array that allows more")
	itemAddedToClosed     = allowed("ITEM_ADDED_TO_CLOSED_CONTENT_MODEL", "the schema of a place was added to an array that allows no more")
	itemAddedCovered      = allowed("ITEM_ADDED_IS_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "the schema of a place was added and allows what it could be before")
	itemAddedNotCovered   = refused("ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", "the schema of a place was added and does not allow what it could be before")

	enumExtended = allowed("ENUM_ARRAY_EXTENDED", "values were added")
	enumNarrowed = refused("ENUM_ARRAY_NARROWED", "values were removed")
	enumChanged  = refused("ENUM_ARRAY_CHANGED", "other values are listed")

	combinedExtended = allowed("COMBINED_TYPE_EXTENDED", "schemas are combined in a way that allows more")
	combinedChanged  = refused("COMBINED_TYPE_CHANGED", "schemas are combined in another way")
	productExtended  = refused("PRODUCT_TYPE_EXTENDED", "one more schema must hold")
	productNarrowed  = allowed("PRODUCT_TYPE_NARROWED", "one schema less must hold")
	sumExtended      = allowed("SUM_TYPE_EXTENDED", "one more form is allowed")
	sumNarrowed      = refused("SUM_TYPE_NARROWED", "one form less is allowed")
	partsChanged     = refused("COMBINED_TYPE_SUBSCHEMAS_CHANGED", "the combined schemas changed, and none of the new fits one of the old")
	notExtended      = refused("NOT_TYPE_EXTENDED", "what must not hold became wider")
	notNarrowed      = allowed("NOT_TYPE_NARROWED", "what must not hold became narrower")
)

// openness makes the kinds of what is said of more properties, or items.
func openness(name, keyword string) family {
	return family{
		added: allowed(name+"_ADDED", keyword+" were forbidden and are allowed"), removed: refused(name+"_REMOVED", keyword+" were allowed and are forbidden"),
		wider: allowed(name+"_EXTENDED", keyword+" may be anything now"), narrower: refused(name+"_NARROWED", keyword+" could be anything and are limited now"),
	}
}
