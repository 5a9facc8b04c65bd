// A slave on an SPI bus, mode 0: what it gets is in `data`, the last bit the least significant, and is sent back.
//
// `mosi` is taken where `sck` rises, and `data` and `miso` change where it falls. `clk` samples both and is faster.
// While `select` is 0 nothing is kept.
module spi_slave (
    input  wire       clk,
    input  wire       select,
    input  wire       sck,
    input  wire       mosi,
    output reg  [1:0] data,
    output wire       miso
);
  reg taken;  // the bit that the last rising edge brought
  reg high;   // `sck` a clock ago

  assign miso = data[1];

  always @(posedge clk or negedge select)
    if (!select) begin
      data  <= 2'b00;
      taken <= 1'b0;
      high  <= 1'b0;
    end else begin
      high <= sck;
      if (sck && !high) taken <= mosi;
      if (!sck && high) data <= {data[0], taken};
    end
endmodule
