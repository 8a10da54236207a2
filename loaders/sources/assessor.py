"""`assessor`: parcels, their owners and what is built on them."""

from loaders.schema import Assessor
from loaders.sources.base import Source, phrases

SOURCE = Source(
    name="assessor",
    schema=Assessor,
    aliases=phrases(
        parcel_id=(
            "parcel | parcel number | parcel no | parcel # | apn | pin | account | account number | parcel num | "
            "parcelno | schedule number | schedule no | property id | tax id number | parcelnb | parcel nbr"
        ),
        situs_address=(
            "situs | property address | site address | location | location address | address | parcel address | "
            "street address | situs addr | physical address | full address | fulladdress"
        ),
        owner_name=("owner | owner of record | owner 1 | owner1 | owners | owner names | taxpayer | owner name 1"),
        owner_mailing_address=(
            "mailing address | owner address | mail address | mail addr | owner mail address | owner mailing | "
            "taxpayer address | mailing"
        ),
        property_type=(
            "type | prop type | property class | class | building type | land use | structure type | use code | "
            "property use | dwelling type | bldg type | occupancy type"
        ),
        year_built=(
            "built | yr built | year constructed | construction year | yearbuilt | actual year built | built year"
        ),
        bedrooms=(
            "beds | bedroom count | number of bedrooms | no of bedrooms | num bedrooms | br | bdrms | "
            "bed rooms | bedroom | bdrm | bed"
        ),
        finished_sqft=(
            "finished sq ft | finished square feet | living area | sqft | sq ft | square feet | finished area | "
            "above grade sqft | gross living area | heated sqft | finished sf | total finished sqft | gla"
        ),
        basement_finished_sqft=(
            "finished basement | basement finished | basement finished sq ft | finished basement sqft | "
            "bsmt finished | basement finished area | finished bsmt sqft | bsmt finished sqft | "
            "basement sqft finished | basement finished sf"
        ),
        zone="zoning | zone district | zoning district | zone code | zoning code",
        permitted_use=(
            "permitted | allowed use | certificate of occupancy | permitted occupancy | use permitted | "
            "approved use | permitted uses | permit use"
        ),
        exemption="exempt | exemptions | exemption type | occupancy exemption | exemption code",
    ),
)
